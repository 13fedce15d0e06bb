import type { Diagnosis } from '@altname/core';
import type { ProgramAnswer } from './answer.ts';

const verdictText = { accepts: 'accepts', refuses: 'refuses', 'could-not-ask': 'could not ask' } as const;

/** A line for Node and one for each program, then why they differ. Ended by `\n`, but for the last. */
export function formatComparison(diagnosis: Diagnosis, answers: readonly ProgramAnswer[]): string {
  const node = {
    who: `Node ${diagnosis.node.version.replace(/^v/, '')}`,
    verdict:
      diagnosis.verdict === 'accepted'
        ? 'accepts'
        : diagnosis.verdict === 'refused'
          ? 'refuses'
          : 'could not ask',
    words: diagnosis.node.error?.code ?? '',
  };
  const rows = [
    node,
    ...answers.map(({ program, version, verdict, words }) => ({
      who: version === null ? program : `${program} ${version}`,
      verdict: verdictText[verdict],
      words,
    })),
  ];
  const width = Math.max(...rows.map(({ who }) => who.length));
  const lines = rows.map(({ who, verdict, words }) =>
    `  ${who.padEnd(width)}  ${verdict.padEnd(13)}  ${words}`.trimEnd(),
  );
  for (const { program, why } of answers) {
    if (why.length > 0) lines.push(`  Why ${program} and Node differ:`, ...why.map((each) => `    ${each}`));
  }
  return ['  Compared', ...lines].join('\n');
}
