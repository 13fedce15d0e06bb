import type { OutgoingHttpHeaders } from 'node:http2';
import { answerTrailers } from '../forward/answer-headers.ts';
import { isForwardedField } from '../forward/forwarded.ts';
import type { UpstreamRequest } from './transport.ts';

/** The head of a request in HTTP/2 (RFC 9113 §8.3.1): pseudo-fields, then names in lower case. */
export function requestFields(request: UpstreamRequest, scheme: 'http' | 'https'): OutgoingHttpHeaders {
  const { method, path, headers, from } = request;
  const fields = Object.create(null) as Record<string, string>;
  fields[':method'] = method;
  fields[':scheme'] = scheme;
  fields[':authority'] = headers[1] ?? '';
  fields[':path'] = path;
  for (let at = 2; at < headers.length; at += 2) {
    const name = (headers[at] ?? '').toLowerCase();
    const [before, value] = [fields[name], headers[at + 1] ?? ''];
    // RFC 9110 §5.3; RFC 9113 §8.2.3. Node takes no list for fields that stand once.
    fields[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  // RFC 9113 §8.2.2: the one thing that TE may say.
  if (from?.headers['te'] !== undefined && /(?:^|,)\s*trailers\s*(?:,|$)/i.test(String(from.headers['te']))) {
    fields['te'] = 'trailers';
  }
  return fields;
}

/** Fields as Node has them, without pseudo-fields. */
export function withoutPseudo(raw: readonly string[]): string[] {
  const fields: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? '';
    if (!name.startsWith(':')) fields.push(name, raw[at + 1] ?? '');
  }
  return fields;
}

/** The trailers of a request that may be handed on; those that came several times as one. */
export function trailerFields(raw: readonly string[]): OutgoingHttpHeaders {
  const fields = Object.create(null) as Record<string, string>;
  for (const [given, value] of answerTrailers(raw)) {
    const name = given.toLowerCase();
    if (isForwardedField(name)) continue;
    const before = fields[name];
    fields[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return fields;
}
