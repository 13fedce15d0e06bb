import { createAuthority } from '../authority.ts';
import type { Behaviour } from './behaviour.ts';
import { virtualHosts } from './virtual-hosts.ts';

const pieceSize = 64 * 1024;

/** A TLS server whose chain has so many octets: its intermediate, swollen with a comment, over and over. */
export async function hugeChain(octets: number): Promise<Behaviour> {
  const root = await createAuthority({ name: 'Huge Root' });
  const intermediate = await root.intermediate({ name: 'Huge Issuing', ballast: pieceSize });
  const { chain, ...leaf } = await intermediate.issue({ names: ['www.shop.test'] });
  const more = intermediate.cert.repeat(Math.ceil(octets / pieceSize) - 1);
  return virtualHosts({ unknown: { ...leaf, chain: chain + more } });
}
