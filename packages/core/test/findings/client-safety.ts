import { alert, certificate, evidence, shown } from '../evidence.ts';
import type { EvidenceSpec } from '../evidence.ts';
import type { FindingCase } from './finding-case.ts';

const api = certificate({ dns: ['api.shop.test'] });
const db = certificate({ dns: ['db.shop.test'] });
const ownSigned = certificate({ dns: ['api.shop.test'], by: 'itself' });
const untrusted = shown(ownSigned, { chainError: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
const otherName = shown(db, {
  nameError: "Host: api.shop.test. is not in the cert's altnames: DNS:db.shop.test",
});

const off: EvidenceSpec = {
  asked: 'api.shop.test',
  client: 'https',
  own: shown(api),
  app: { verification: 'off-by-option' },
};

const mysql: EvidenceSpec = {
  asked: 'db.shop.test',
  target: 'mysql://db.shop.test',
  client: 'mysql2',
  dialled: { port: 3306 },
  host: { value: null, from: 'url' },
  own: shown(db),
  app: { callSite: 'src/db.ts:7:20', library: 'mysql2@3.24.6', verification: 'name-not-checked' },
};

export const clientSafety: readonly FindingCase[] = [
  {
    code: 'verification-disabled',
    severity: 'warning',
    cause: false,
    found: evidence(off),
    near: {
      'verified in full': evidence({ ...off, app: {} }),
      'seen from outside': evidence({ asked: 'api.shop.test', own: shown(api) }),
      'it hides something': evidence({ ...off, own: untrusted }),
      'only the name is not compared': evidence(mysql),
      'no certificate was seen, so nothing is known': evidence({ ...off, own: alert(80) }),
    },
  },
  {
    code: 'identity-check-disabled',
    severity: 'warning',
    cause: false,
    found: evidence(mysql),
    near: {
      'verified in full': evidence({ ...mysql, app: {} }),
      'it hides another name': evidence({
        ...mysql,
        own: shown(api, {
          nameError: "Host: db.shop.test. is not in the cert's altnames: DNS:api.shop.test",
        }),
      }),
      'the chain is not verified either': evidence(off),
    },
  },
  {
    code: 'verification-disabled-hides',
    severity: 'error',
    cause: false,
    found: evidence({ ...off, own: untrusted }),
    near: {
      'verified in full': evidence({ ...off, own: untrusted, app: {} }),
      'it hides nothing': evidence(off),
      'the name is not compared, but it is the chain that is refused': evidence({
        ...off,
        own: untrusted,
        app: { verification: 'name-not-checked' },
      }),
      'the server asks for a client certificate, which has nothing to do with it': evidence({
        ...off,
        own: { ...shown(api), alertAfter: { number: 116, name: 'certificate_required' } },
      }),
      'seen from outside': evidence({ asked: 'api.shop.test', own: otherName }),
    },
  },
];
