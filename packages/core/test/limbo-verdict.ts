import { X509Certificate } from 'node:crypto';
import { forbiddenInChain, matchName, readCertificate, type Certificate } from '../src/index.ts';
import type { LimboCase } from './suites.ts';

interface Node {
  readonly ours: Certificate;
  readonly node: X509Certificate;
}

/**
 * What the names of a chain say, and nothing else: SUCCESS when the peer's name is on the leaf and there is a path to
 * a root on which no name constraint forbids a name. Where no path can be found there are no constraints to speak of:
 * whether a chain is trusted is not asked here.
 */
export function nameVerdict({
  leafPem,
  intermediatesPem,
  trustedPem,
  peer,
}: LimboCase): LimboCase['expected'] {
  const leaf = load(leafPem);
  if (leaf === null || !matchName(peer.value, leaf.ours.names).matches) return 'FAILURE';
  const roots = trustedPem.flatMap((pem) => load(pem) ?? []);
  const others = intermediatesPem.flatMap((pem) => load(pem) ?? []);
  let forbidden = false;
  for (const path of paths([leaf], others, roots, { steps: 500 })) {
    if (forbiddenInChain(path.map(({ ours }) => ours)).length === 0) return 'SUCCESS';
    forbidden = true;
  }
  return forbidden ? 'FAILURE' : 'SUCCESS';
}

function load(pem: string): Node | null {
  try {
    return { ours: readCertificate(pem), node: new X509Certificate(pem) };
  } catch {
    return null;
  }
}

/** The paths from the last certificate of `path` up to a root, by names and signatures; no more steps than given. */
function* paths(
  path: readonly Node[],
  others: readonly Node[],
  roots: readonly Node[],
  left: { steps: number },
): Generator<readonly Node[]> {
  const last = path.at(-1);
  if (last === undefined || left.steps-- < 0) return;
  for (const root of roots) if (issued(root, last)) yield [...path, root];
  for (const other of others) {
    if (!path.includes(other) && issued(other, last)) yield* paths([...path, other], others, roots, left);
  }
}

function issued(issuer: Node, subject: Node): boolean {
  if (issuer.ours.subject.text !== subject.ours.issuer.text) return false;
  try {
    return subject.node.verify(issuer.node.publicKey);
  } catch {
    return false;
  }
}
