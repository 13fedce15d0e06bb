import { parseTarget, type Diagnosis, type ProbeOptions } from '@altname/core';
import { readChoice } from '../choice.ts';
import { UsageError } from '../usage-error.ts';
import { programs, type ProgramAnswer, type ProgramName, type Question } from './answer.ts';
import { asWords, runProgram } from './child.ts';
import { askCurl } from './curl.ts';
import { differs, whyDifferent } from './difference.ts';
import { askOpenssl } from './openssl.ts';

const ask = { openssl: askOpenssl, curl: askCurl };

/** The programs that `--compare` names. */
export function readPrograms(text: string): ProgramName[] {
  const words = text.split(',').filter((word) => word !== '');
  if (words.length === 0) throw new UsageError('--compare names no program: openssl or curl is expected');
  return [...new Set(words.map((word) => readChoice(word, 'compare', programs)))];
}

/** Asks other programs what Node was asked, one after the other, and says why they and Node differ. */
export async function compareWith(
  names: readonly ProgramName[],
  diagnosis: Diagnosis,
  options: ProbeOptions,
): Promise<ProgramAnswer[]> {
  const answers: ProgramAnswer[] = [];
  const question = questionOf(diagnosis, options);
  for (const program of names) {
    const version = await versionOf(program);
    const raw =
      version === null
        ? {
            verdict: 'could-not-ask' as const,
            words: `${program} is not installed`,
            ...{ sent: question.sent, checked: question.checked, command: program },
          }
        : await ask[program](question);
    answers.push({
      program,
      version,
      ...raw,
      differs: differs(raw, diagnosis),
      why: whyDifferent(program, raw, diagnosis),
    });
  }
  return answers;
}

function questionOf({ names, target }: Diagnosis, options: ProbeOptions): Question {
  const { dialled, sent, checked, asked } = names;
  return {
    address: dialled.address ?? dialled.host,
    port: dialled.port,
    sent: sent.value,
    checked: checked.value ?? asked.value ?? target,
    asked: asked.value ?? target,
    hostHeader: options.hostHeader ?? null,
    ca: options.caFile ?? null,
    starttls: options.starttls ?? parseTarget(target).starttls,
    minVersion: options.minVersion ?? null,
    maxVersion: options.maxVersion ?? null,
    timeout: options.timeout ?? 10_000,
  };
}

const versions = new Map<ProgramName, Promise<string | null>>();

/** What a program calls itself, asked once; null when it is not installed. */
function versionOf(program: ProgramName): Promise<string | null> {
  const known = versions.get(program) ?? readVersion(program);
  versions.set(program, known);
  return known;
}

async function readVersion(program: ProgramName): Promise<string | null> {
  const ended = await runProgram(program, [program === 'openssl' ? 'version' : '--version'], 5000);
  if (ended.fault !== null) return null;
  return /\d+\.\d+[\w.]*/.exec(asWords(ended.stdout))?.[0] ?? 'unknown';
}
