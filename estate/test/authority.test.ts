import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { readCertificate, readCertificates } from '@altname/core';
import { createAuthority, daysFromNow, selfSigned } from '../src/authority.ts';
import { der, sequence } from '../src/der.ts';

const root = await createAuthority({ name: 'Test Root', subject: { CN: 'Test Root', O: 'Test' } });

describe('an authority', () => {
  it('puts names and addresses where they belong', async () => {
    const { cert } = await root.issue({
      names: ['Api.Shop.test', '*.eu.shop.test', '127.0.0.1', '::1', '2001:db8::5:0:1', 'bücher.test'],
    });
    const { names } = readCertificate(cert);
    assert.deepEqual(names.dns, ['api.shop.test', '*.eu.shop.test', 'xn--bcher-kva.test']);
    assert.deepEqual(names.ip, ['127.0.0.1', '::1', '2001:db8::5:0:1']);
    assert.deepEqual(names.commonNames, ['Api.Shop.test']);
    assert.equal(
      new X509Certificate(cert).subjectAltName,
      'DNS:api.shop.test, DNS:*.eu.shop.test, IP Address:127.0.0.1, ' +
        'IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:5:0:1, DNS:xn--bcher-kva.test',
    );
  });

  it('signs what it issues, through an intermediate too, with either kind of key', async () => {
    const below = await root.intermediate({ name: 'Test Issuing', key: 'RSA-2048' });
    const leaf = await below.issue({ names: ['a.test'], key: 'RSA-2048' });
    const chain = readCertificates(leaf.chain).map((one) => new X509Certificate(one.der));
    assert.equal(chain.length, 2);
    assert.ok(chain[0]?.verify(chain[1]!.publicKey));
    assert.ok(chain[1]?.verify(new X509Certificate(root.cert).publicKey));
    assert.equal(leaf.cert + below.cert, leaf.chain);
    assert.equal(chain[0]?.publicKey.asymmetricKeyType, 'rsa');
  });

  it('sets the validity asked for, and 90 days else', async () => {
    const ended = readCertificate((await root.issue({ names: ['a.test'], notAfter: daysFromNow(-3) })).cert);
    assert.ok(ended.notAfter !== null && ended.notAfter.getTime() < Date.now());
    const usual = readCertificate((await root.issue({ names: ['a.test'] })).cert);
    const days = ((usual.notAfter?.getTime() ?? 0) - Date.now()) / 86_400_000;
    assert.ok(days > 89.9 && days <= 90, String(days));
  });

  it('limits an authority to names and address ranges', async () => {
    const limited = await root.intermediate({
      name: 'Limited',
      constraints: { permitted: ['corp.test', '10.1.0.0/16'], excluded: ['.secret.corp.test'] },
    });
    assert.deepEqual(readCertificate(limited.cert).nameConstraints, {
      permitted: [
        { kind: 'dns', value: 'corp.test' },
        { kind: 'ip', value: '0a010000ffff0000' },
      ],
      excluded: [{ kind: 'dns', value: '.secret.corp.test' }],
    });
  });

  it('says what else is asked for', async () => {
    const certificate = readCertificate(
      (
        await root.issue({
          names: ['a.test'],
          usage: 'clientAuth',
          caIssuers: 'http://ca.test/',
          ballast: 50_000,
        })
      ).cert,
    );
    assert.deepEqual(certificate.extendedKeyUsage, ['clientAuth']);
    assert.deepEqual(certificate.caIssuers, ['http://ca.test/']);
    assert.ok(certificate.der.length > 50_000);
  });

  it('makes a certificate of its own maker', async () => {
    const own = readCertificate((await selfSigned({ names: ['dev.test'] })).cert);
    assert.equal(own.selfSigned, true);
  });
});

describe('a faulty certificate', () => {
  const faults: [
    string,
    Parameters<typeof root.issue>[0],
    Partial<ReturnType<typeof readCertificate>['names']>,
  ][] = [
    [
      'an address as a DNS name',
      { san: [{ dns: '127.0.0.1' }] },
      { san: 'present', dns: ['127.0.0.1'], ip: [] },
    ],
    [
      'a DNS name as an address',
      { san: [{ ip: Buffer.from('a.test') }] },
      { ip: ['hex:612e74657374'], dns: [] },
    ],
    ['the common name alone', { subject: { CN: 'a.test' } }, { san: 'absent', commonNames: ['a.test'] }],
    ['no name', { subject: { O: 'A' } }, { san: 'absent', commonNames: [] }],
    [
      'an alternative name cut off',
      { sanOctets: sequence(der(0x82, Buffer.from('a.test')), Buffer.of(0x82, 0x7f)) },
      { san: 'malformed', dns: [] },
    ],
    ['two lists', { names: ['a.test'], secondSan: [{ dns: 'b.test' }] }, { san: 'duplicate', dns: [] }],
    ['a trailing dot', { san: [{ dns: 'a.test.' }] }, { dns: ['a.test.'] }],
    ['octets beyond ASCII', { san: [{ dns: 'ü.test' }] }, { dns: ['Ã¼.test'] }],
    ['a partial wildcard', { san: [{ dns: 'a*.a.test' }] }, { dns: ['a*.a.test'] }],
    [
      'control characters',
      { subject: { CN: 'a\u001b[31m' }, san: [{ dns: 'a\u001b]0;x\u0007.test' }] },
      { dns: ['a\u001b]0;x\u0007.test'], commonNames: ['a\u001b[31m'] },
    ],
  ];
  for (const [title, request, expected] of faults) {
    it(`has ${title}`, async () => {
      const { names } = readCertificate((await root.issue(request)).cert);
      for (const [key, value] of Object.entries(expected)) {
        assert.deepEqual(names[key as keyof typeof names], value, key);
      }
    });
  }

  it('has 10,000 names', async () => {
    const san = Array.from({ length: 10_000 }, (_, i) => ({ dns: `${i}.test` }));
    assert.equal(readCertificate((await root.issue({ san })).cert).names.dns.length, 10_000);
  });
});
