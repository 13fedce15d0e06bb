import { alert, certificate, closed, evidence, noConnection, shown, spoke } from '../evidence.ts';
import type { EvidenceSpec } from '../evidence.ts';
import type { Outcome } from '../../src/diagnosis/evidence.ts';
import type { FindingCase } from './finding-case.ts';

const asked = 'www.shop.test';
const www = certificate({ dns: [asked] });
const nowhere = { address: null, addresses: [] };
const notFound: EvidenceSpec = {
  asked: 'no-such-host.shop.test',
  dialled: nowhere,
  own: noConnection('unreachable', 'ENOTFOUND'),
};
const silent: Outcome = { kind: 'timeout', during: 'handshake' };

const http: EvidenceSpec = {
  asked,
  dialled: { port: 8080 },
  own: spoke(null, ''),
  further: [{ purpose: 'plain', sent: null, outcome: spoke('http', 'HTTP/1.1 200 OK') }],
};

const smtp: EvidenceSpec = {
  asked: 'mail.shop.test',
  target: 'mail.shop.test:587',
  dialled: { port: 587 },
  host: { value: null, from: 'target' },
  own: spoke(null, ''),
  further: [{ purpose: 'plain', sent: null, outcome: spoke('smtp', '220 mail.shop.test ESMTP') }],
};

export const transport: readonly FindingCase[] = [
  {
    code: 'dns-not-found',
    severity: 'error',
    cause: true,
    found: evidence(notFound),
    near: {
      'it has an address, and no way leads there': evidence({
        asked,
        own: noConnection('unreachable', 'EHOSTUNREACH'),
      }),
    },
  },
  {
    code: 'refused',
    severity: 'error',
    cause: true,
    found: evidence({ asked, own: noConnection('refused', 'ECONNREFUSED') }),
    near: {
      'there is no address': evidence(notFound),
      'it hung up later': evidence({ asked, own: closed }),
    },
  },
  {
    code: 'timeout',
    severity: 'error',
    cause: true,
    found: evidence({ asked, own: silent, ms: 7000 }),
    near: {
      'DNS gave no answer': evidence({ ...notFound, own: { kind: 'timeout', during: 'dns' } }),
    },
  },
  {
    code: 'reset',
    severity: 'error',
    cause: true,
    found: evidence({ asked, own: closed }),
    near: {
      'it speaks plain text': evidence({
        ...http,
        own: closed,
      }),
      'without a server name it answers': evidence({
        asked,
        own: closed,
        further: [{ purpose: 'no-server-name', sent: null, outcome: shown(www) }],
      }),
    },
  },
  {
    code: 'not-tls',
    severity: 'error',
    cause: true,
    found: evidence(http),
    near: {
      'a protocol that has STARTTLS': evidence(smtp),
      'a handshake, and plain HTTP to another attempt': evidence({ ...http, own: shown(www) }),
    },
  },
  {
    code: 'starttls-needed',
    severity: 'error',
    cause: true,
    found: evidence(smtp),
    near: { 'plain HTTP has no STARTTLS': evidence(http) },
  },
  {
    code: 'protocol-version',
    severity: 'error',
    cause: true,
    found: evidence({ asked, own: alert(70) }),
    near: { 'another alert': evidence({ asked, own: alert(40) }) },
  },
  {
    code: 'client-certificate-required',
    severity: 'error',
    cause: true,
    found: evidence({
      asked,
      own: shown(www, {
        asksForClientCertificate: true,
        alertAfter: { number: 116, name: 'certificate_required' },
      }),
    }),
    near: {
      'it did not ask for one': evidence({ asked, own: alert(40, false) }),
      'a handshake without the question': evidence({ asked, own: shown(www) }),
    },
  },
  {
    code: 'handshake-failed',
    severity: 'error',
    cause: true,
    found: evidence({
      asked,
      own: alert(40),
      further: [{ purpose: 'no-server-name', sent: null, outcome: alert(40) }],
    }),
    near: {
      'the alert says that it knows no such name': evidence({ asked, own: alert(112) }),
      'the alert is about the TLS version': evidence({ asked, own: alert(70) }),
      'the server wanted a client certificate': evidence({ asked, own: alert(40, true) }),
    },
  },
];
