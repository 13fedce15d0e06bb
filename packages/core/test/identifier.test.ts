import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AltnameError, parseIdentifier } from '../src/index.ts';
import { problemText, readIdentifier, type IdentifierProblem } from '../src/names/identifier.ts';
import { toUnicodeName } from '../src/names/idn.ts';

const long = (length: number): string => 'a'.repeat(length);
/** A name of this length, in labels of at most 63. */
const longName = (length: number): string => `${long(63)}.${long(63)}.${long(63)}.${long(length - 192)}`;

/** Text, and the DNS name it is. */
const dns: readonly (readonly [string, string])[] = [
  ['example.com', 'example.com'],
  ['EXAMPLE.Com', 'example.com'],
  ['example.com.', 'example.com'],
  ['localhost', 'localhost'],
  ['localhost.', 'localhost'],
  ['com', 'com'],
  ['a', 'a'],
  ['a.b', 'a.b'],
  ['my_service', 'my_service'],
  ['_dmarc.example.com', '_dmarc.example.com'],
  ['a_.example', 'a_.example'],
  ['_', '_'],
  ['a--b.example', 'a--b.example'],
  ['1.example', '1.example'],
  ['127.0.0.1.example', '127.0.0.1.example'],
  ['4chan.org', '4chan.org'],
  ['123.a1', '123.a1'],
  ['a.1b', 'a.1b'],
  ['a.0y1', 'a.0y1'],
  ['0x7f.example', '0x7f.example'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'],
  ['xn--foo.example', 'xn--foo.example'],
  ['xn--999999999.example', 'xn--999999999.example'],
  ['ab--cd.example', 'ab--cd.example'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['BÜCHER.example', 'xn--bcher-kva.example'],
  ['bu\u0308cher.example', 'xn--bcher-kva.example'],
  ['bücher.example.', 'xn--bcher-kva.example'],
  ['www.bücher.EXAMPLE', 'www.xn--bcher-kva.example'],
  ['straße.example', 'xn--strae-oqa.example'],
  ['faß.de', 'xn--fa-hia.de'],
  ['ελλάδα.gr', 'xn--hxakic4aa.gr'],
  ['пример.рф', 'xn--e1afmkfd.xn--p1ai'],
  ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
  ['ı.example', 'xn--cfa.example'],
  ['☃.net', 'xn--n3h.net'],
  [long(63), long(63)],
  [`${long(63)}.com`, `${long(63)}.com`],
  [longName(253), longName(253)],
  [`${longName(253)}.`, longName(253)],
];

/** Text, and the address it is. */
const ip: readonly (readonly [string, string])[] = [
  ['192.0.2.1', '192.0.2.1'],
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['1.2.3.4', '1.2.3.4'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['0000:0000:0000:0000:0000:0000:0000:0001', '::1'],
  ['2001:DB8::1', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8::0:1', '2001:db8::1'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
  ['1::3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
  ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ['::FFFF:c000:0201', '::ffff:c000:201'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['::192.0.2.1', '::c000:201'],
  ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4:5:6:c000:201'],
  ['fe80::1', 'fe80::1'],
];

/** Text, and why it is neither. */
const problems: readonly (readonly [string, IdentifierProblem])[] = [
  ['', 'empty'],
  ['.', 'empty'],
  ['..', 'empty-label'],
  ['.example.com', 'empty-label'],
  ['example..com', 'empty-label'],
  ['example.com..', 'empty-label'],
  ['https://example.com', 'url'],
  ['https://example.com/a', 'url'],
  ['example.com/a', 'url'],
  ['example.com:443', 'port'],
  ['localhost:1', 'port'],
  ['192.0.2.1:443', 'port'],
  ['[::1]', 'brackets'],
  ['[::1]:443', 'brackets'],
  ['[192.0.2.1]', 'brackets'],
  ['[]', 'brackets'],
  ['fe80::1%eth0', 'zone'],
  ['fe80::1%25eth0', 'zone'],
  ['::1%1', 'zone'],
  ['*.example.com', 'wildcard'],
  ['*', 'wildcard'],
  ['f*.example.com', 'wildcard'],
  ['a.*.com', 'wildcard'],
  ['ww%57.example.com', 'percent'],
  ['%65xample.com', 'percent'],
  ['127.1', 'number'],
  ['127', 'number'],
  ['2130706433', 'number'],
  ['0x7f000001', 'number'],
  ['0x7f.0x1', 'number'],
  ['0x7f.1', 'number'],
  ['0X7F.0X1', 'number'],
  ['0177.0.0.01', 'number'],
  ['010.0.0.1', 'number'],
  ['1.2.3.04', 'number'],
  ['1.2.3.4.', 'number'],
  ['1.2.3', 'number'],
  ['1.2.3.4.5', 'number'],
  ['256.0.0.1', 'number'],
  ['1.2.3.256', 'number'],
  ['1.2.3.1000', 'number'],
  ['00.0.0.0', 'number'],
  ['example.123', 'number'],
  ['a.1', 'number'],
  ['a.1.', 'number'],
  ['a.0x1f', 'number'],
  [long(64), 'label-too-long'],
  [`${long(64)}.com`, 'label-too-long'],
  [`www.${long(64)}`, 'label-too-long'],
  [`www.${long(64)}.`, 'label-too-long'],
  [`bü${long(70)}.example`, 'label-too-long'],
  [longName(254), 'name-too-long'],
  [`${longName(254)}.`, 'name-too-long'],
  ['-a.example', 'hyphen'],
  ['a-.example', 'hyphen'],
  ['a.-example', 'hyphen'],
  ['a.example-', 'hyphen'],
  ['a.example-.', 'hyphen'],
  ['-', 'hyphen'],
  ['-ü.example', 'hyphen'],
  ['ü-.example', 'hyphen'],
  ['foo\u3002example', 'unicode-dot'],
  ['foo\uff0eexample', 'unicode-dot'],
  ['foo\uff61example', 'unicode-dot'],
  ['\u3002example.com', 'unicode-dot'],
  ['foo\u2024example', 'unicode-dot'],
  ['ｅxample.com', 'idn'],
  ['ｗｗｗ.example.com', 'idn'],
  ['１２７.0.0.1', 'idn'],
  ['\u212aelvin.example', 'idn'],
  ['\u212aübel.example', 'idn'],
  ['İstanbul.example', 'idn'],
  ['ﬁsh.example', 'idn'],
  ['ſoft.example', 'idn'],
  ['a\u200bb.example', 'idn'],
  ['a\u00adb.example', 'idn'],
  ['\u202eabc.example', 'idn'],
  ['xn--ü.example', 'idn'],
  ['a b.example', 'character'],
  [' example.com', 'character'],
  ['example.com ', 'character'],
  ['example.com\n', 'character'],
  ['a\0b.example', 'character'],
  ['example.com\0.evil.example', 'character'],
  ['a\tb', 'character'],
  ['user@example.com', 'character'],
  ['a,b', 'character'],
  ['a"b', 'character'],
  ['a\\b', 'character'],
  ['a!b', 'character'],
  [':', 'character'],
  [':::', 'character'],
  ['::1::', 'character'],
  ['1::2::3', 'character'],
  [':1', 'character'],
  ['1:', 'character'],
  ['1:2:3:4:5:6:7', 'character'],
  ['1:2:3:4:5:6:7:8:9', 'character'],
  ['1:2:3:4:5:6:7:8::', 'character'],
  ['::1:2:3:4:5:6:7:8', 'character'],
  ['12345::', 'character'],
  ['g::1', 'character'],
  ['::1.2.3', 'character'],
  ['::1.2.3.4.5', 'character'],
  ['::01.2.3.4', 'character'],
  ['1.2.3.4::', 'character'],
  ['::ffff:1.2.3.4:1', 'character'],
  ['::1/128', 'character'],
  ['2001:db8::1 ', 'character'],
  [`é${long(5000)}`, 'name-too-long'],
  [`${'a.'.repeat(3000)}b`, 'name-too-long'],
  [`é${long(1100)}`, 'label-too-long'],
];

for (const [text, value] of dns) {
  test(`${JSON.stringify(text)} is the DNS name ${value}`, () => {
    assert.deepEqual(parseIdentifier(text), { kind: 'dns', value });
  });
}

for (const [text, value] of ip) {
  test(`${JSON.stringify(text)} is the address ${value}`, () => {
    assert.deepEqual(parseIdentifier(text), { kind: 'ip', value });
  });
}

for (const [text, problem] of problems) {
  test(`${JSON.stringify(text.slice(0, 80))} is neither: ${problem}`, () => {
    assert.equal(readIdentifier(text), problem);
    assert.throws(
      () => parseIdentifier(text),
      (error) => {
        assert.ok(error instanceof AltnameError);
        assert.equal(error.code, 'ALTNAME_BAD_IDENTIFIER');
        assert.ok(error.message.endsWith(problemText[problem]), error.message);
        assert.doesNotMatch(error.message, /[^ -~…ß-ÿ\u0100-\uffff]/u);
        return true;
      },
    );
  });
}

test('every problem stands in the table', () => {
  assert.deepEqual(new Set(problems.map(([, problem]) => problem)), new Set(Object.keys(problemText)));
});

test('what is not a text is no identifier', () => {
  for (const value of [undefined, null, 1, {}, [], Symbol('a'), { toString: () => 'example.com' }]) {
    assert.equal(readIdentifier(value), 'character');
    assert.throws(() => parseIdentifier(value as string), { code: 'ALTNAME_BAD_IDENTIFIER' });
  }
});

test('A-labels are shown as U-labels, and only they', () => {
  assert.equal(toUnicodeName('xn--bcher-kva.example'), 'bücher.example');
  assert.equal(toUnicodeName('www.XN--BCHER-KVA.example'), 'www.bücher.example');
  assert.equal(toUnicodeName('example.com'), 'example.com');
  assert.equal(toUnicodeName('xn--999999999.example'), 'xn--999999999.example');
  assert.equal(toUnicodeName('axn--b.example'), 'axn--b.example');
});
