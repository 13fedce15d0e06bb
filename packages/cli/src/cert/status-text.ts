import { printable } from '@altname/core';
import type { TrustProof } from '@altname/certs';

/** A proof, and the command that would change it. */
export interface ShownProof extends TrustProof {
  readonly change: string | null;
}

/** One line for each client, the reason and the command below it; what is not there in one line at the end. */
export function statusText(proofs: readonly ShownProof[], color: boolean): string {
  const present = proofs.filter(({ result }) => result !== 'not-present');
  const absent = proofs.filter(({ result }) => result === 'not-present').map(({ client }) => client);
  const width = Math.max(...present.map(({ client }) => client.length), 0);
  const lines = present.flatMap((proof, index) => {
    const { store, client, where, detail, environment, change } = proof;
    const place = where === null ? '' : `  ${printable(where)}`;
    return [
      `${store.padEnd(6)}  ${verdict(proof, color)}  ${client.padEnd(width)}${place}`,
      ...(detail === null ? [] : [`        ${printable(detail)}`]),
      ...environment.map((variable) => `        ${printable(variable, 500)} chooses its roots`),
      ...(change === null || change === present[index + 1]?.change
        ? []
        : [`        change it: ${printable(change, 8192)}`]),
    ];
  });
  return [...lines, ...(absent.length === 0 ? [] : [`Not here: ${absent.join(', ')}`])].join('\n');
}

function verdict({ result, counts }: TrustProof, color: boolean): string {
  const word = {
    trusted: counts ? 'trusted' : 'would trust',
    'not-trusted': counts ? 'not trusted' : 'would not',
    unproven: 'unproven',
    'not-present': 'not here',
  }[result].padEnd(11);
  if (!color || !counts) return word;
  return result === 'trusted' ? `\u001b[32m${word}\u001b[39m` : `\u001b[31m${word}\u001b[39m`;
}
