import { certificate, evidence, shown } from '../evidence.ts';
import type { EvidenceSpec } from '../evidence.ts';
import type { FindingCase } from './finding-case.ts';

const asked = 'www.shop.test';
const leaf = certificate({ dns: [asked] });

const forgotten: EvidenceSpec = {
  asked: '2001:db8::6',
  node: 'v22.23.3',
  own: shown(certificate({ ip: ['2001:db8::6'] }), { nameError: 'Cert does not contain a DNS name' }),
};

const legacy: EvidenceSpec = {
  asked: 'legacy.shop.test',
  own: shown(certificate({ subject: { CN: 'legacy.shop.test' } })),
};

const replaced: EvidenceSpec = {
  asked,
  own: shown(leaf, { chainError: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }),
  further: [{ purpose: 'default-roots', sent: asked, outcome: shown(leaf) }],
  trust: { used: ['ca'], given: ['CN=Acme Internal Root CA, O=Acme Corp'], file: 'ca.pem' },
};

/** A program knows no second attempt, but which default root signed the end of the chain. */
function replacedInside(defaultRoot: string | null): EvidenceSpec {
  return {
    asked,
    app: {},
    own: shown(leaf, { chainError: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }),
    trust: { used: ['ca'], defaultRoot },
  };
}

export const runtime: readonly FindingCase[] = [
  {
    code: 'node-version-hazard',
    severity: 'warning',
    cause: false,
    found: evidence(forgotten),
    near: {
      'a version without the fault': evidence({ ...forgotten, node: 'v24.21.0' }),
      'the version before the fault': evidence({ ...forgotten, node: 'v22.22.3' }),
      'an IPv4 address': evidence({
        ...forgotten,
        asked: '192.0.2.6',
        own: shown(certificate({ ip: ['192.0.2.6'] })),
      }),
    },
  },
  {
    code: 'accepted-only-by-node',
    severity: 'error',
    cause: false,
    found: evidence(legacy),
    near: {
      'Node refuses it too': evidence({
        ...legacy,
        own: shown(certificate({ subject: { CN: 'other.shop.test' } }), {
          nameError: "Host: legacy.shop.test. is not cert's CN: other.shop.test",
        }),
      }),
      'the standard accepts it too': evidence({ asked, own: shown(leaf) }),
    },
  },
  {
    code: 'refused-only-by-this-node',
    severity: 'error',
    cause: true,
    found: evidence(forgotten),
    near: {
      'the standard refuses it too': evidence({
        ...forgotten,
        own: shown(certificate({ ip: ['2001:db8::7'] }), { nameError: 'Cert does not contain a DNS name' }),
      }),
      'Node accepts it': evidence({
        ...forgotten,
        node: 'v24.21.0',
        own: shown(certificate({ ip: ['2001:db8::6'] })),
      }),
    },
  },
  {
    code: 'extra-ca-replaced',
    severity: 'error',
    cause: true,
    found: evidence(replaced),
    near: {
      'the default roots do not know the issuer either': evidence({
        ...replaced,
        further: [{ purpose: 'default-roots', sent: asked, outcome: replaced.own }],
      }),
      'the roots given are enough': evidence({ ...replaced, own: shown(leaf) }),
      'inside a program, no default root issued it': evidence(replacedInside(null)),
      'inside a program, an intermediate has expired': evidence({
        ...replacedInside('CN=Public Root'),
        own: shown(leaf, { chainError: 'CERT_HAS_EXPIRED' }),
      }),
    },
  },
];
