import { envoyFindings } from '../envoy/faults.ts';
import type { Format } from './format.ts';
import { yamlFormat } from './yaml-format.ts';

export const envoyMarks: RegExp = /UpstreamTlsContext/;

/** What Envoy is started with, or is given: clusters with TLS. What a manifest of Kubernetes has of it is found there. */
export const envoy: Format = yamlFormat({
  name: 'a configuration of Envoy',
  mayBe: (path) => /\.(?:ya?ml|json)$/.test(path),
  claims: ({ text }) => envoyMarks.test(text) && !/^[ \t]*(?:- )?apiVersion:/m.test(text),
  marks: envoyMarks,
  find: (tree) => envoyFindings(tree),
});
