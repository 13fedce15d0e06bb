import { refused } from '../server.ts';
import { exhibitEvidence, nameRefused, type Exhibit } from './exhibit.ts';
import { insideAProgram } from './inside-a-program.ts';

/** Every exhibit, by hand and with the reason why. */
export const exhibits: readonly Exhibit[] = [
  {
    group: 'server name',
    name: 'checked-defaulted-to-localhost',
    title: 'a driver hands over its socket without a host, and Node checks "localhost"',
    reason: 'only a running application shows it: a check always says which name it asks for',
    evidence: (world) =>
      exhibitEvidence(world, {
        target: 'postgres://127.0.0.1:5432/shop',
        client: 'pg',
        node: 'v24.21.0',
        certificate: { by: 'issuing', names: ['db.shop.test'] },
        names: {
          asked: { value: '127.0.0.1', from: 'url' },
          dialled: {
            host: '127.0.0.1',
            port: 5432,
            address: '127.0.0.1',
            addresses: ['127.0.0.1'],
            cnames: [],
            searchDomain: null,
            from: 'literal',
          },
          sent: { value: null, from: 'not-sent-for-ip' },
          checked: { value: 'localhost', from: 'default-localhost' },
          host: { value: null, from: 'url' },
          presented: null,
        },
        outcome: (leaf) =>
          nameRefused(leaf, "Host: localhost. is not in the cert's altnames: DNS:db.shop.test"),
      }),
    expected: refused('checked-defaulted-to-localhost'),
  },
  {
    group: 'runtime',
    name: 'refused-only-by-this-node:evidence',
    title: 'an IPv6 address on the certificate, as Node 22.23.3 saw it',
    reason: 'only Node 22.23.0 to 22.23.3 and 24.17.0 to 24.18.1 get it wrong',
    evidence: (world) =>
      exhibitEvidence(world, {
        target: 'https://[::1]:8443',
        client: null,
        node: 'v22.23.3',
        certificate: { names: ['::1'] },
        names: {
          asked: { value: '::1', from: 'url' },
          dialled: {
            host: '::1',
            port: 8443,
            address: '::1',
            addresses: ['::1'],
            cnames: [],
            searchDomain: null,
            from: 'literal',
          },
          sent: { value: null, from: 'not-sent-for-ip' },
          checked: { value: '::1', from: 'url' },
          host: { value: '[::1]:8443', from: 'url' },
          presented: null,
        },
        outcome: (leaf) => nameRefused(leaf, 'Cert does not contain a DNS name'),
      }),
    expected: refused('refused-only-by-this-node', 'node-version-hazard'),
  },
  {
    group: 'runtime',
    name: 'node-version-hazard',
    title: 'an address as server name, as Node 26 refuses to send it',
    reason: 'only Node 26 and newer refuse before anything is sent',
    evidence: (world) =>
      exhibitEvidence(world, {
        target: 'https://127.0.0.1:8443',
        client: null,
        node: 'v26.10.0',
        certificate: { names: ['127.0.0.1'] },
        names: {
          asked: { value: '127.0.0.1', from: 'url' },
          dialled: {
            host: '127.0.0.1',
            port: 8443,
            address: '127.0.0.1',
            addresses: ['127.0.0.1'],
            cnames: [],
            searchDomain: null,
            from: 'literal',
          },
          sent: { value: '127.0.0.1', from: 'option-servername' },
          checked: { value: '127.0.0.1', from: 'option-servername' },
          host: { value: '127.0.0.1:8443', from: 'url' },
          presented: null,
        },
        outcome: () => ({
          kind: 'client-refused',
          error: {
            code: 'ERR_INVALID_ARG_VALUE',
            message:
              "The property 'options.servername' Setting the TLS ServerName to an IP address is not permitted. " +
              "Received '127.0.0.1'",
          },
        }),
      }),
    expected: refused('sni-is-ip', 'node-version-hazard'),
  },
  ...insideAProgram,
];
