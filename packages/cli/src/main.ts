#!/usr/bin/env node
import { readFileSync, writeSync } from 'node:fs';
import module from 'node:module';

// Nothing but this file is loaded for --version: a version that is slow is not asked for twice. The build makes it
// CommonJS, because the loader of modules alone takes a process 10 ms to start.
const words = process.argv.slice(2);

if (words[0] === '--version' || words[0] === '-V' || (words[0] === 'version' && words.length === 1)) {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  try {
    writeSync(1, `${(JSON.parse(manifest) as { version: string }).version}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
} else {
  // Node 22 and newer keep what they compiled for the next start.
  (module as { enableCompileCache?: () => void }).enableCompileCache?.();
  void import('./run.ts').then(({ run }) => run(words));
}
