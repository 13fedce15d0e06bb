import { readFileSync } from 'node:fs';
import { CertificateCheck, mayUseCertificates, usesCertificates } from './certificates/check-certificates.ts';
import { problemsOf, readFile, type FileReading } from './check-file.ts';
import { CodeReader, isCodePath } from './code/code-file.ts';
import { mayHaveFormat } from './formats/index.ts';
import type { Problem } from './problem.ts';
import { TextFile, type Found } from './text-file.ts';
import { walk, type WalkedFile } from './walk.ts';

export interface LintOptions {
  /** What the paths count from; the working directory of the process when not given. */
  readonly cwd?: string;
  /** Whether code is held to the plugin's `strict`; false when not given. */
  readonly strict?: boolean;
  /** Patterns as in `.gitignore`, from `cwd` on: what is not read beside what git ignores. */
  readonly exclude?: readonly string[];
  /** Called after each file, with how many were read. */
  readonly onFile?: (files: number) => void;
}

export interface LintReport {
  /** How many files were read. */
  readonly files: number;
  /** By path, and by place in it. */
  readonly problems: readonly Problem[];
}

/** Octets of a file that is read. What is larger was not written by hand. */
const mostOctets = 4 << 20;

/**
 * Looks for verification that is off and server names that are wrong, in code and in the files around it. Nothing is
 * executed, and nobody is asked.
 *
 * @param paths files and folders
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` for a path that cannot be read
 */
export function lint(paths: readonly string[], options: LintOptions = {}): LintReport {
  const cwd = options.cwd ?? process.cwd();
  const code = new CodeReader(options.strict ?? false);
  const certificates = new CertificateCheck(cwd, paths);
  // What is compared with certificates waits until all of them are known.
  const readings: (FileReading | readonly Problem[])[] = [];
  for (const walked of walk(paths, cwd, options.exclude ?? [])) {
    const reading = isRead(walked) ? readAndCheck(walked, code) : null;
    if (reading === null) continue;
    if (!usesCertificates(reading.file)) readings.push(problemsOf(reading));
    else if (certificates.add(reading.file)) readings.push(reading);
    else readings.push(problemsOf({ ...reading, found: [...reading.found, notCompared] }));
    options.onFile?.(readings.length);
  }
  const compared = certificates.run();
  const problems = readings.flatMap((each) => {
    if (!('file' in each)) return each;
    return problemsOf({ ...each, found: [...each.found, ...(compared.get(each.file) ?? [])] });
  });
  return { files: readings.length, problems };
}

const notCompared: Found = {
  code: 'not-read',
  start: 0,
  end: 0,
  message: 'It is not compared with the certificates of the tree: there are 64 MiB of such files before it.',
};

/** What a program made smaller is not what somebody wrote. */
const isMinified = /\.min\.[cm]?js$/;

function isRead({ path, isGiven, size }: WalkedFile): boolean {
  if (isGiven || size === null) return true;
  return isCodePath(path) ? !isMinified.test(path) : mayHaveFormat(path) || mayUseCertificates(path);
}

function readAndCheck({ path, absolute, size }: WalkedFile, code: CodeReader): FileReading | null {
  if (size === null) return unread(path, 'It cannot be read, or went.');
  if (size > mostOctets) return unread(path, `It has over ${mostOctets >> 20} MiB.`);
  try {
    // Decoded as UTF-8; a byte order mark is none of the text.
    return readFile(new TextFile(path, readFileSync(absolute, 'utf8').replace(/^\uFEFF/, '')), code);
  } catch (error) {
    const { code: errno } = error as NodeJS.ErrnoException;
    if (errno === undefined || !/^E[A-Z]+$/.test(errno)) throw error;
    return unread(path, `It cannot be read: ${errno}.`);
  }
}

function unread(path: string, message: string): FileReading {
  const found = { code: 'not-read', start: 0, end: 0, message } as const;
  return { file: new TextFile(path, ''), found: [found], comments: [] };
}
