import type { IncomingMessage } from 'node:http';
import { ServerResponse } from 'node:http';
import { isHopByHop, namedByConnection } from '../forward/hop-by-hop.ts';
import type { ServerAnswer } from '../front/own-answer.ts';
import type { ServerRequest } from '../front/request-head.ts';
import type { Plan } from './plan.ts';

/** Sets status and fields of the target's answer, as `proxyRes` has left them, and rewritten as the options say. */
export function setAnswerHead(
  request: ServerRequest,
  answer: ServerAnswer,
  proxyRes: IncomingMessage,
  plan: Plan,
): void {
  const { options } = plan;
  const names = options.preserveHeaderKeyCase === true ? namesAsTheyCame(proxyRes) : null;
  const named = namedByConnection([proxyRes.headers.connection ?? []].flat());
  rewriteLocation(request, proxyRes, plan);
  for (const [key, given] of Object.entries(proxyRes.headers)) {
    const name = key.toLowerCase();
    if (given === undefined || isHopByHop(name) || named?.has(name) === true) continue;
    const value = name === 'set-cookie' ? rewrittenCookies([given].flat(), plan) : given;
    answer.setHeader((names?.get(name) ?? key).trim(), value);
  }
  answer.statusCode = proxyRes.statusCode ?? 502;
  // HTTP/2 has no reason phrase (RFC 9113 §8.3.2).
  if (proxyRes.statusMessage && answer instanceof ServerResponse)
    answer.statusMessage = proxyRes.statusMessage;
}

function namesAsTheyCame({ rawHeaders }: IncomingMessage): Map<string, string> {
  const names = new Map<string, string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    names.set(name.toLowerCase(), name);
  }
  return names;
}

const redirects: ReadonlySet<number> = new Set([201, 301, 302, 307, 308]);

/** A redirect to the target itself goes to the host that the client knows. */
function rewriteLocation(request: ServerRequest, proxyRes: IncomingMessage, { options, target }: Plan): void {
  const { hostRewrite, autoRewrite, protocolRewrite } = options;
  const { location } = proxyRes.headers;
  const isAsked = Boolean(hostRewrite) || autoRewrite === true || Boolean(protocolRewrite);
  if (!isAsked || location === undefined || !redirects.has(proxyRes.statusCode ?? 0)) return;
  if (!URL.canParse(location)) return;
  const url = new URL(location);
  if (url.host !== target?.url.host) return;
  const host = hostRewrite || (autoRewrite === true ? hostOf(request) : undefined);
  const protocol = protocolRewrite ? protocolRewrite.replace(/:?$/, ':') : url.protocol;
  proxyRes.headers.location = `${protocol}//${host ?? url.host}${url.pathname}${url.search}${url.hash}`;
}

function hostOf({ headers }: ServerRequest): string | undefined {
  return headers.host ?? (headers as Record<string, string | undefined>)[':authority'];
}

function rewrittenCookies(cookies: readonly string[], { domains, paths }: Plan): string[] {
  return cookies.map((cookie) => rewritten(rewritten(cookie, 'domain', domains), 'path', paths));
}

/** One attribute of a cookie: the first of its name, by the map, `*` for any; an empty text takes it away. */
function rewritten(cookie: string, attribute: string, map: Plan['domains']): string {
  if (map === null) return cookie;
  const pattern = new RegExp(`(;\\s*${attribute}=)([^;]+)`, 'i');
  return cookie.replace(pattern, (whole, before: string, value: string) => {
    const to = Object.hasOwn(map, value) ? map[value] : Object.hasOwn(map, '*') ? map['*'] : whole;
    if (to === whole) return whole;
    return to ? before + to : '';
  });
}
