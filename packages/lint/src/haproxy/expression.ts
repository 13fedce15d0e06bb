import type { Line } from './reader.ts';

/** What an expression of samples gives: a text, something that a client says, or what is not known here. */
export type Sample =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'request'; readonly fetch: string }
  | { readonly kind: 'unknown' };

const unknown: Sample = { kind: 'unknown' };

/** What whoever sends a request, or opens a connection, writes into it. */
const ofRequest =
  /^(?:req\.(?:f?hdr\w*|cook\w*|ssl_sni|body_param|rdp_cookie)|req_ssl_sni|f?hdr\w*|cook\w*|ssl_fc_sni|ssl_sni|url\w*|base\w*|path\w*|query|capture\.req\.\w+|fc_pp_authority)$/;

/** The variables of a file that something of a request is written into. */
export function variablesOfRequest(lines: Iterable<Line>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const line of lines) {
    for (const [index, { text }] of line.entries()) {
      const name = /^set-var\(([^,)]+)/.exec(text)?.[1];
      if (name !== undefined && sampleOf(line[index + 1]?.text ?? '', found).kind === 'request')
        found.add(name);
    }
  }
  return found;
}

/** A table (`map`) that the request is looked up in has what the configuration says. */
export function sampleOf(expression: string, variables: ReadonlySet<string>): Sample {
  const [fetch, ...converters] = partsOf(expression);
  if (fetch === undefined) return unknown;
  if (fetch.name === 'str') return converters.length === 0 ? { kind: 'text', text: fetch.value } : unknown;
  const isOfRequest = ofRequest.test(fetch.name) || (fetch.name === 'var' && variables.has(fetch.value));
  if (!isOfRequest || converters.some(({ name }) => name.startsWith('map'))) return unknown;
  const last = converters.at(-1);
  // Whoever chooses what is in front of a domain stays in it.
  if (last?.name === 'concat' && last.value.startsWith('.')) return unknown;
  return { kind: 'request', fetch: fetch.value === '' ? fetch.name : `${fetch.name}(${fetch.value})` };
}

/** `name(value),name(value),…`: parentheses do not nest. */
function partsOf(expression: string): readonly { readonly name: string; readonly value: string }[] {
  const parts = expression.matchAll(/([^,()]+)(?:\(([^)]*)\))?/g);
  return Array.from(parts, ({ 1: name = '', 2: value = '' }) => ({
    name: name.trim(),
    value: value.replaceAll(/^["']|["']$/g, ''),
  }));
}
