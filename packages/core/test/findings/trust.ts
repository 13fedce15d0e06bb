import { certificate, evidence, shown, testRoot } from '../evidence.ts';
import type { EvidenceSpec } from '../evidence.ts';
import type { FindingCase } from './finding-case.ts';

const asked = 'www.shop.test';
const dns = [asked];
const own = certificate({ dns });
const selfSigned = certificate({ dns: ['dev.shop.test'], subject: { CN: 'dev.shop.test' }, by: 'itself' });
const company = certificate({ subject: { CN: 'Acme Internal Root CA', O: 'Acme Corp' }, by: 'itself' });
const amazon = certificate({
  subject: { CN: 'Amazon RDS eu-west-1 Root CA RSA2048 G1', O: 'Amazon Web Services' },
  by: 'itself',
});
const issuing = certificate({ subject: { CN: 'E5', O: 'Test Trust' } });
const corp = certificate({
  subject: { CN: 'Corp Issuing CA', O: 'Corp' },
  nameConstraints: { permitted: [{ kind: 'dns', value: 'corp.test' }], excluded: [] },
});
const zscaler = certificate({
  subject: { O: 'Zscaler Inc.', CN: 'Zscaler Intermediate Root CA (zscaler.net)' },
  by: company,
});
const squid = certificate({ subject: { CN: 'Squidward Issuing CA' }, by: company });

const intranet: EvidenceSpec = {
  asked: 'intranet.acme.test',
  own: shown(certificate({ dns: ['intranet.acme.test'], by: company }), {
    chainError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  }),
};

const leafOnly: EvidenceSpec = {
  asked,
  own: shown(certificate({ dns, by: issuing }), { chainError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
  trust: { relatedRoot: 'CN=Test Root CA, O=Test Trust' },
};

const past = { notBefore: '2026-08-22T00:00:00.000Z', notAfter: '2026-11-20T00:00:00.000Z' };
const future = { notBefore: '2026-11-25T08:00:00.000Z', notAfter: '2027-02-23T00:00:00.000Z' };

const notYet: EvidenceSpec = {
  asked,
  own: shown(certificate({ dns, ...future }), { chainError: 'CERT_NOT_YET_VALID' }),
  serverClock: '2026-11-23T12:00:01.000Z',
};

const inspected: EvidenceSpec = {
  asked,
  own: shown([certificate({ dns, by: zscaler }), zscaler], {
    chainError: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  }),
};

export const trustAndTime: readonly FindingCase[] = [
  {
    code: 'self-signed',
    severity: 'error',
    cause: true,
    found: evidence({
      asked: 'dev.shop.test',
      own: shown(selfSigned, { chainError: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
    }),
    near: {
      'it is trusted': evidence({ asked: 'dev.shop.test', own: shown(selfSigned) }),
      'only the root is': evidence({
        ...intranet,
        own: shown([certificate({ dns: ['intranet.acme.test'], by: company }), company], {
          chainError: 'SELF_SIGNED_CERT_IN_CHAIN',
        }),
      }),
    },
  },
  {
    code: 'issuer-unknown',
    severity: 'error',
    cause: true,
    found: evidence(intranet),
    near: {
      'the issuer looks like an intermediate': evidence(leafOnly),
      'the chain is trusted': evidence({ ...intranet, own: shown(own) }),
    },
  },
  {
    code: 'intermediate-missing',
    severity: 'error',
    cause: true,
    found: evidence(leafOnly),
    near: {
      'the issuer is a root': evidence(intranet),
      'a root that shares a word with a public one': evidence({
        asked,
        own: shown(certificate({ dns, by: amazon }), { chainError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
        trust: { relatedRoot: 'CN=Amazon Root CA 1, O=Amazon' },
      }),
      'a root of that name was given, with another key': evidence({
        ...leafOnly,
        trust: {
          used: ['ca'],
          given: ['CN=E5, O=Test Trust'],
          relatedRoot: 'CN=E5, O=Test Trust',
        },
      }),
      'the intermediate was sent, and its root is unknown': evidence({
        asked,
        own: shown([certificate({ dns, by: squid }), squid], {
          chainError: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
        }),
      }),
    },
  },
  {
    code: 'expired',
    severity: 'error',
    cause: true,
    found: evidence({
      asked,
      own: shown(certificate({ dns, ...past }), { chainError: 'CERT_HAS_EXPIRED' }),
    }),
    near: {
      'its last day is today': evidence({
        asked,
        own: shown(certificate({ dns, notAfter: '2026-11-23T12:00:01.000Z' })),
      }),
      'an intermediate that the chain does not need': evidence({
        asked,
        own: shown([own, certificate({ subject: { CN: 'Old CA' }, ...past })]),
      }),
    },
  },
  {
    code: 'not-yet-valid',
    severity: 'error',
    cause: true,
    found: evidence(notYet),
    near: {
      'it began a second ago': evidence({
        asked,
        own: shown(certificate({ dns, notBefore: '2026-11-23T11:59:59.000Z' })),
      }),
    },
  },
  {
    code: 'expires-soon',
    severity: 'warning',
    cause: false,
    found: evidence({ asked, own: shown(certificate({ dns, notAfter: '2026-11-28T18:00:00.000Z' })) }),
    near: {
      'five weeks are left': evidence({ asked, own: shown(own) }),
      'three of six days are left, and a quarter is 36 hours': evidence({
        asked,
        own: shown(
          certificate({
            dns,
            notBefore: '2026-11-20T12:00:00.000Z',
            notAfter: '2026-11-26T12:00:00.000Z',
          }),
        ),
      }),
      'it is past': evidence({
        asked,
        own: shown(certificate({ dns, ...past }), { chainError: 'CERT_HAS_EXPIRED' }),
      }),
    },
  },
  {
    code: 'name-forbidden-by-ca',
    severity: 'error',
    cause: true,
    found: evidence({
      asked,
      own: shown([certificate({ dns, by: corp }), corp, testRoot], { chainError: 'UNSPECIFIED' }),
    }),
    near: {
      'a name it may issue for': evidence({
        asked: 'wiki.corp.test',
        own: shown([certificate({ dns: ['wiki.corp.test'], by: corp }), corp, testRoot]),
      }),
      'a CA without constraints': evidence({
        asked,
        own: shown([own, issuing, testRoot], { chainError: 'UNSPECIFIED' }),
      }),
    },
  },
  {
    code: 'clock-suspect',
    severity: 'error',
    cause: true,
    found: evidence({ ...notYet, serverClock: '2026-12-03T12:00:00.000Z' }),
    near: {
      'the clocks agree': evidence(notYet),
      'the server gave no time': evidence({ ...notYet, serverClock: null }),
      'not valid by the clock of the server either': evidence({
        ...notYet,
        serverClock: '2026-11-24T12:00:00.000Z',
      }),
    },
  },
  {
    code: 'inspected-by-middlebox',
    severity: 'error',
    cause: true,
    found: evidence(inspected),
    near: {
      'a word that only begins like a product': evidence({
        asked,
        own: shown([certificate({ dns, by: squid }), squid], {
          chainError: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
        }),
      }),
    },
  },
  {
    code: 'chain-not-accepted',
    severity: 'error',
    cause: true,
    found: evidence({ asked, own: shown([own, testRoot], { chainError: 'INVALID_PURPOSE' }) }),
    near: {
      'it has expired': evidence({
        asked,
        own: shown(certificate({ dns, ...past }), { chainError: 'CERT_HAS_EXPIRED' }),
      }),
      'its issuer is unknown': evidence(intranet),
    },
  },
];
