import { mayConcern } from '../text/concern.ts';
import { Passage } from '../text/passage.ts';
import { hasTooManyHereDocuments, scriptFindings } from '../text/script.ts';
import { NotRead, type Format } from './format.ts';

const isShellPath =
  /\.(?:sh|bash|ksh|dash)$|(?:^|\/)(?:\.envrc|\.(?:bash|zsh)rc|\.(?:bash_|zsh_|z)?profile|\.bash_aliases|\.zshenv)$|(?:^|\/)\.husky\/[\w-]+$/;

/** What has no ending may be a script: its first line says so. */
const hasNoEnding = /(?:^|\/)[^./]+$/;

/** `#!/bin/sh`, `#!/usr/bin/env -S bash -e`. */
const shebang = /^#!\s*\S*\/(?:env\s+(?:-S\s*)?)?(?:ba|da|k|z|a)?sh\b/;

/** Octets of a script that is read. What is larger was not written by hand. */
const longest = 1 << 19;

/** Scripts for sh, bash, dash and ksh: the commands in them, and the variables that they set. */
export const shell: Format = {
  name: 'a script for a shell',
  comment: '#',
  mayBe: (path) => isShellPath.test(path) || hasNoEnding.test(path),
  claims: ({ path, text }) => isShellPath.test(path) || shebang.test(text),
  *check({ text }) {
    if (!mayConcern(text)) return;
    if (text.length > longest) throw new NotRead('It is a script of over 512 KiB.');
    if (hasTooManyHereDocuments(text)) throw new NotRead('It has over 500 here-documents.');
    yield* scriptFindings(Passage.at(text, 0));
  },
};
