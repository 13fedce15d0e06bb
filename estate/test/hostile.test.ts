import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import {
  exitCodeOf,
  formatGithub,
  formatJson,
  formatLine,
  formatNagios,
  formatPretty,
  type Diagnosis,
  type ProbeOptions,
} from '@altname/core';
import { createAuthority } from '../src/authority.ts';
import type { Behaviour } from '../src/behaviour/behaviour.ts';
import { closeAfterHello, closeAtOnce, resetAfterHello } from '../src/behaviour/hang-up.ts';
import { hugeChain } from '../src/behaviour/huge-chain.ts';
import { listen, type Listener } from '../src/behaviour/listener.ts';
import { cutAfter, slowly } from '../src/behaviour/metered.ts';
import { drip, silent } from '../src/behaviour/silence.ts';
import { banner, startTls } from '../src/behaviour/starttls.ts';
import { virtualHosts } from '../src/behaviour/virtual-hosts.ts';
import { measuredCheck } from './measured-check.ts';

const root = await createAuthority({ name: 'Test Root' });
const good = virtualHosts({ unknown: await root.issue({ names: ['www.shop.test'] }) });

/** Most of them only wait. */
const together = { concurrency: 4 };

const listeners: Listener[] = [];
after(() => Promise.all(listeners.map((listener) => listener.close())));

/** Milliseconds; none of the stalling servers lets a check get to its end by itself. */
const timeout = 2000;
/** For servers that must be heard to the end, on however busy a machine. */
const patience = { timeout: 20_000 };
/** Beyond the deadline: timers on a machine that is busy with the rest of the suite. */
const grace = 1000;
/** What a check may need at its peak beyond the program itself, in octets. */
const mostMemory = 48 * 1024 * 1024;

async function ask(behaviour: Behaviour, options: ProbeOptions = {}): Promise<Diagnosis> {
  const listener = await listen(behaviour);
  listeners.push(listener);
  const { diagnosis, took, peak } = await measuredCheck('https://www.shop.test', {
    connect: `127.0.0.1:${listener.port}`,
    ca: root.cert,
    timeout,
    ...options,
  });
  assert.ok(took < (options.timeout ?? timeout) + grace, `took ${Math.round(took)} ms`);
  assert.ok(peak < mostMemory, `needed ${Math.round(peak / 1024 / 1024)} MB`);
  assertClean(diagnosis);
  assert.ok(diagnosis.cause !== null || exitCodeOf(diagnosis) !== 1, 'a failure has a cause');
  return diagnosis;
}

/** No report may carry a control character of a stranger to a terminal. */
function assertClean(diagnosis: Diagnosis): void {
  const reports = {
    formatPretty,
    formatLine,
    formatJson,
    formatGithub,
    formatNagios: (one: Diagnosis) => formatNagios(one).text,
  };
  for (const [name, format] of Object.entries(reports)) {
    const text = format(diagnosis);
    // eslint-disable-next-line no-control-regex
    const found = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.exec(
      text,
    );
    assert.equal(
      found,
      null,
      `${name}: ${JSON.stringify(text.slice(Math.max(0, (found?.index ?? 0) - 40)).slice(0, 80))}`,
    );
  }
  assert.ok(formatPretty(diagnosis).length < 20_000, 'a report that can be read');
  assert.ok(formatLine(diagnosis).length < 2_000, 'a line that can be read');
}

describe('a server that stalls', together, () => {
  it('says nothing', async () => assert.equal((await ask(silent)).cause?.code, 'timeout'));
  it('drips without end', async () => assert.equal((await ask(drip(20))).cause?.code, 'timeout'));
  it('handshakes an octet at a time', async () => {
    const { cause, verdict } = await ask(slowly(1, 20, good));
    assert.deepEqual([cause?.code, verdict], ['timeout', 'unreachable']);
  });
  it('never finishes its greeting', async () => {
    const { cause } = await ask(banner('220-still here\r\n'), { starttls: 'smtp' });
    assert.equal(cause?.code, 'timeout');
  });
  it('stalls after STARTTLS', async () => {
    assert.equal((await ask(startTls('smtp', silent), { starttls: 'smtp' })).cause?.code, 'timeout');
  });
});

describe('a server that hangs up', together, () => {
  for (const [title, behaviour] of [
    ['at once', closeAtOnce],
    ['after the ClientHello', closeAfterHello],
    ['with a reset', resetAfterHello],
    ...[1, 5, 100, 700].map((octets) => [`after ${octets} octets`, cutAfter(octets, good)] as const),
  ] as const) {
    it(title, async () => {
      const diagnosis = await ask(behaviour);
      assert.equal(diagnosis.cause?.code, 'reset');
    });
  }
});

describe('a server that sends too much', together, () => {
  it('a chain of 10 MB', async () => {
    const diagnosis = await ask(await hugeChain(10 * 1024 * 1024));
    assert.notEqual(diagnosis.verdict, 'accepted');
  });

  it('10,000 names, none of them the right one', async () => {
    const san = Array.from({ length: 10_000 }, (_, i) => ({ dns: `${i}.t` }));
    const { cause } = await ask(
      virtualHosts({ unknown: await root.issue({ san, subject: { O: 'Shop' } }) }),
      patience,
    );
    assert.equal(cause?.code, 'name-mismatch');
  });

  it('10,000 names, the last of them the right one', async () => {
    const san = [...Array.from({ length: 9_999 }, (_, i) => ({ dns: `${i}.t` })), { dns: 'www.shop.test' }];
    const diagnosis = await ask(
      virtualHosts({ unknown: await root.issue({ san, subject: { O: 'Shop' } }) }),
      patience,
    );
    assert.equal(diagnosis.verdict, 'accepted');
  });

  it('10,000 names that make the certificate larger than OpenSSL takes', async () => {
    const san = Array.from({ length: 10_000 }, (_, i) => ({ dns: `host-${i}.shop.test` }));
    const diagnosis = await ask(
      virtualHosts({ unknown: await root.issue({ san, subject: { O: 'Shop' } }) }),
      patience,
    );
    assert.notEqual(diagnosis.cause, null);
  });

  it('text without end before TLS', async () => {
    const flood: Behaviour = (stream) => {
      stream.on('error', () => {});
      const more = (): void => {
        while (!stream.destroyed && stream.write(Buffer.alloc(65_536, 'x')));
      };
      stream.on('drain', more);
      more();
    };
    await ask(flood, { starttls: 'smtp' });
    await ask(flood);
  });
});

describe('a server that writes to the terminal', together, () => {
  const escapes = '\u001b[31m\u001b]0;owned\u0007\r\n\u009b2J\u0008\u202e';

  it('in its names', async () => {
    const credentials = await root.issue({
      subject: { CN: `www${escapes}`, O: `Shop${escapes}`, OU: escapes },
      san: [
        { dns: `${escapes}.shop.test` },
        { dns: `www.shop.test\u0000.evil.test` },
        { uri: `https://${escapes}/` },
      ],
    });
    const { verdict } = await ask(virtualHosts({ unknown: credentials }));
    assert.equal(verdict, 'refused');
  });

  it('in the name of its issuer', async () => {
    const evil = await createAuthority({ name: 'Evil', subject: { CN: `Root${escapes}`, O: escapes } });
    const { cause } = await ask(virtualHosts({ unknown: await evil.issue({ names: ['www.shop.test'] }) }));
    assert.equal(cause?.code, 'issuer-unknown');
  });

  it('in its greeting', async () => {
    await ask(banner(`220 ${escapes} mail\r\n`));
    await ask(banner(`421 ${escapes} go away\r\n`), { starttls: 'smtp' });
    await ask(banner(`SSH-2.0-${escapes}\r\n`));
    await ask(banner(escapes));
  });
});
