import { caddyFaults } from '../caddy/faults.ts';
import { readCaddyfile } from '../caddy/reader.ts';
import { unmistakableFindings, unmistakableMarks } from '../yaml/unmistakable.ts';
import type { Format } from './format.ts';
import { yamlFormat } from './yaml-format.ts';

/** `Caddyfile`, `Caddyfile.prod`, `site.caddy`. */
export const caddyfile: Format = {
  name: 'a Caddyfile',
  comment: '#',
  mayBe: (path) => /(?:^|\/)(?:[^/]*\.)?caddyfile(?:[._-][^/]*)?$|\.caddy$/i.test(path),
  claims: ({ text }) => /\b(?:tls_insecure_skip_verify|tls_server_name|transport)\b/.test(text),
  check: ({ text }) => caddyFaults(readCaddyfile(text)),
};

/** What Caddy makes of a Caddyfile, and takes in its place. */
export const caddyJson: Format = yamlFormat({
  name: 'a configuration of Caddy',
  comment: null,
  mayBe: (path) => /(?:^|\/)[^/]*caddy[^/]*\.json$/i.test(path),
  marks: unmistakableMarks,
  find: (tree) => unmistakableFindings(tree),
});
