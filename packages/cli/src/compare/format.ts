import type { Diagnosis } from '@altname/core';
import { wrapBehind } from '../wrap.ts';
import type { ProgramAnswer } from './answer.ts';

const verdictText = { accepts: 'accepts', refuses: 'refuses', 'could-not-ask': 'could not ask' } as const;
const nodeVerdict = { accepted: 'accepts', refused: 'refuses', unreachable: 'could not ask' } as const;

/** A line for Node and one for each program, then why they differ. Ended by `\n`, but for the last. */
export function formatComparison(
  diagnosis: Diagnosis,
  answers: readonly ProgramAnswer[],
  width: number,
): string {
  const rows = [
    {
      who: `Node ${diagnosis.node.version.replace(/^v/, '')}`,
      verdict: nodeVerdict[diagnosis.verdict],
      words: diagnosis.node.error?.code ?? '',
    },
    ...answers.map(({ program, version, verdict, words }) => ({
      who: version === null ? program : `${program} ${version}`,
      verdict: verdictText[verdict],
      words,
    })),
  ];
  const widest = Math.max(...rows.map(({ who }) => who.length));
  const lines = rows.flatMap(({ who, verdict, words }) =>
    wrapBehind(`  ${who.padEnd(widest)}  ${verdict.padEnd(13)}  `, words, width),
  );
  for (const { program, why } of answers) {
    if (why.length === 0) continue;
    lines.push(`  Why ${program} and Node differ`, ...why.flatMap((each) => wrapBehind('    ', each, width)));
  }
  return ['  Compared', ...lines].join('\n');
}
