import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { issueLeaf, openAuthority, parseWantedName } from '@altname/certs';
import { scratch } from './scratch.ts';

// What zlint and OpenSSL's strict verification say of every kind of certificate that is made.

const dir = await scratch();
const authority = await openAuthority(join(dir, 'ca-dir'));
const kinds = ['ecdsa', 'rsa'] as const;
const names = [
  'localhost',
  '127.0.0.1',
  '::1',
  'api.local',
  '*.app.test',
  'bücher.test',
  'my_service.internal',
];

const files: Record<string, string> = { root: authority.certificate, issuer: authority.issuer };
for (const key of kinds) {
  for (const days of [1, 90, 199]) {
    const leaf = await issueLeaf(authority, names.map(parseWantedName), { key, days });
    files[`${key} for ${days} days`] = leaf.certificate;
  }
}
for (const [name, pem] of Object.entries(files)) await writeFile(fileOf(name), pem);

/**
 * Rules of the CA/Browser Forum that hold for public CAs alone, each with its reason. One that no certificate breaks
 * any more fails.
 */
const forPublicAuthorities: Readonly<Record<string, string>> = {
  e_ca_country_name_missing: 'a CA of a machine is in no country',
  e_ext_nc_intersects_reserved_ip: 'private addresses are what it is for',
  e_invalid_ca_certificate_policies: 'it has no policies of a public CA, and claims none',
  e_sub_ca_certificate_policies_missing: 'the same',
  e_sub_ca_crl_distribution_points_missing: 'nobody publishes a list of what it has revoked',
  w_sub_ca_aia_missing: 'nobody publishes its certificate',
  e_dnsname_not_valid_tld: 'names below .local are what it is for',
  e_ext_san_contains_reserved_ip: 'private addresses are what it is for',
  e_missing_crl_distrib_point: 'nobody publishes a list of what it has revoked',
  e_sub_cert_aia_missing: 'nobody publishes its certificate',
  e_sub_cert_cert_policy_empty: 'it has no policies of a public CA, and claims none',
  e_sub_cert_certificate_policies_missing: 'the same',
  e_underscore_not_permissible_in_dnsname: 'a name with an underscore was asked for',
  w_sub_cert_aia_does_not_contain_issuing_ca_url: 'nobody publishes its certificate',
  w_ext_subject_key_identifier_not_recommended_subscriber: 'RFC 5280 §4.2.1.2 recommends it',
  n_ct_sct_policy_count_unsatisfied: 'the names of a machine are in no public log',
  n_san_iana_pub_suffix_empty: 'localhost is what it is for',
};

describe('zlint', { skip: absentZlint() }, () => {
  const met = new Set<string>();
  for (const name of Object.keys(files)) {
    it(`finds nothing in the ${name} but what is for public CAs alone`, () => {
      const { status, stdout, stderr } = spawnSync('zlint', [fileOf(name)], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      const results = JSON.parse(stdout) as Record<string, { result: string; details?: string }>;
      assert.ok(Object.keys(results).length > 300);
      const wrong = Object.entries(results).filter(
        ([, { result }]) => !['pass', 'NA', 'NE'].includes(result),
      );
      for (const [rule] of wrong) met.add(rule);
      assert.deepEqual(
        wrong.filter(([rule]) => !(rule in forPublicAuthorities)),
        [],
      );
    });
  }

  it('has met every rule of the list', () => {
    assert.deepEqual(Object.keys(forPublicAuthorities).toSorted(), [...met].toSorted());
  });
});

describe('openssl verify -x509_strict', { skip: absent('openssl', 'the Debian package openssl') }, () => {
  for (const name of Object.keys(files)) {
    it(`accepts the ${name}`, () => {
      const trust = ['-CAfile', fileOf('root'), '-untrusted', fileOf('issuer')];
      const words = ['verify', '-x509_strict', '-check_ss_sig', '-policy_check', ...trust, fileOf(name)];
      const { status, stdout, stderr } = spawnSync('openssl', words, { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /: OK$/m);
    });
  }
});

function fileOf(name: string): string {
  return join(dir, `${name.replaceAll(' ', '-')}.pem`);
}

/** It is a program in Go, which is built where that can be done: it may be missing in CI, too. */
function absentZlint(): string | false {
  if (spawnSync('zlint', ['-version']).error === undefined) return false;
  return 'zlint would enable it: go install github.com/zmap/zlint/v3/cmd/zlint@v3.7.3';
}

function absent(program: string, what: string): string | false {
  if (spawnSync(program, ['version']).error === undefined) return false;
  if (process.env['CI'] === 'true') throw new Error(`${program} is missing: ${what} is expected in CI`);
  return `${what} would enable it`;
}
