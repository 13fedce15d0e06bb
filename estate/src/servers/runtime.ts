import { acceptedInError, always, refused, type ServerGroup } from '../server.ts';
import type { CertificateSpec } from '../world.ts';

const legacy: CertificateSpec = { subject: { CN: 'legacy.shop.test' } };

/** It depends on this Node, and on how it was started. */
export const runtime: ServerGroup = {
  group: 'runtime',
  servers: [
    {
      name: 'accepted-only-by-node',
      title: 'no alternative names: Node takes the common name, nobody else does',
      ask: 'https://legacy.shop.test',
      serve: always(legacy),
      expected: acceptedInError('name-only-in-cn', 'accepted-only-by-node'),
    },
    {
      name: 'refused-only-by-this-node',
      title: 'an IPv6 address on the certificate, which some lines of Node never match',
      ask: 'https://[::1]:{port}',
      reach: 'direct',
      serve: always({ names: ['::1'] }),
      expected: refused('refused-only-by-this-node', 'node-version-hazard'),
      unavailable: (node) =>
        forgetsIpv6(node)
          ? null
          : `Node ${node} compares IPv6 addresses rightly; 22.23.0 to 22.23.3 does not`,
    },
    {
      name: 'extra-ca-replaced',
      title: 'the ca option replaces the roots that NODE_EXTRA_CA_CERTS added',
      ask: 'https://www.shop.test',
      trust: 'company',
      extraCa: 'root',
      serve: always({ by: 'issuing', names: ['www.shop.test'] }),
      expected: refused('extra-ca-replaced'),
    },
  ],
};

/** Node 22.23.0 and later of that line, 24.17.0 to 24.18.1 (nodejs/node#64144). */
export function forgetsIpv6(node: string): boolean {
  const [major = 0, minor = 0] = node.replace(/^v/, '').split('.').map(Number);
  return (major === 22 && minor >= 23) || (major === 24 && minor >= 17 && minor <= 18);
}
