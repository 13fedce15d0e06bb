import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { forwardedHeaders, isForwardedField, OwnHop } from '../forward/forwarded.ts';
import { isHopByHop, namedByConnection } from '../forward/hop-by-hop.ts';
import type { RequestHead, ServerRequest } from '../front/request-head.ts';
import { changedNames } from '../middleware/changed-fields.ts';
import type { Plan } from './plan.ts';
import type { Target } from './target.ts';

/** Milliseconds until a connection to a target without TLS must stand. One with TLS has the same by its agent. */
const connectTime = 10_000;
/** Milliseconds in which nothing comes or goes, where `proxyTimeout` says nothing. */
const idleTime = 300_000;

/**
 * Begins a request to a target: a `ClientRequest` of Node, nothing of it sent yet. What is dialled, sent and checked is
 * the agent's to say; the `Host` header has no part in it.
 *
 * @param upgrade the protocol that is asked for; null for none
 */
export function outgoingRequest(
  request: ServerRequest,
  head: RequestHead,
  plan: Plan,
  target: Target,
  upgrade: string | null,
): ClientRequest {
  const { options } = plan;
  const isSocket = target.socketPath !== null;
  const sent = (target.isSecure ? https : http).request({
    agent: target.agent,
    setHost: false,
    method: options.method ?? request.method ?? 'GET',
    path: pathFor(request, plan, target),
    ...(isSocket ? { socketPath: target.socketPath } : { host: target.hostname, port: target.port }),
    ...(options.auth === undefined ? {} : { auth: options.auth }),
    ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
    headers: headersFor(request, head, plan, target, upgrade),
  });
  // A body whose length nobody knows, whatever the method.
  if (head.hasBody) sent.useChunkedEncodingByDefault = true;
  sent.once('socket', (socket) => {
    if (!socket.connecting || target.isSecure) return;
    const late = setTimeout(() => {
      const error = new Error(`no connection to ${target.url.host} within ${connectTime} ms`);
      sent.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
    }, connectTime);
    const inTime = (): void => clearTimeout(late);
    socket.once('connect', inTime).once('close', inTime);
  });
  const idle = options.proxyTimeout ?? (upgrade === null ? idleTime : connectTime * 3);
  if (idle > 0) sent.setTimeout(idle, () => sent.destroy());
  return sent;
}

/** The target's own path, and that of the request, as http-proxy joins them: without slashes that stand twice. */
function pathFor({ url = '/' }: ServerRequest, { options }: Plan, target: Target): string {
  const before = options.prependPath === false ? '' : target.url.path;
  const asked = options.ignorePath === true ? '' : options.toProxy === true ? url : withoutOrigin(url);
  const [path = '', ...query] = asked.split('?');
  const joined = [before, path]
    .filter((part) => part !== '')
    .join('/')
    .replace(/\/+/g, '/')
    .replace('http:/', 'http://')
    .replace('https:/', 'https://');
  const whole = [joined, ...query].join('?');
  return whole.startsWith('/') || options.toProxy === true ? whole : `/${whole}`;
}

function withoutOrigin(url: string): string {
  return url.replace(/^https?:\/\/[^/?#]*/i, '');
}

function headersFor(
  request: ServerRequest,
  head: RequestHead,
  plan: Plan,
  target: Target,
  upgrade: string | null,
): Record<string, string | string[] | number> {
  const { options, trust } = plan;
  const peer = request.socket.remoteAddress ?? '';
  const fields = received(request, head, trust.has(peer.replace(/^::ffff:/i, '')));
  if (!head.hasBody && (request.method === 'DELETE' || request.method === 'OPTIONS')) {
    fields['content-length'] ??= '0';
  }
  if (options.xfwd === true) {
    const isSecure = (request.socket as TLSSocket).encrypted === true;
    const own = new OwnHop(peer, isSecure ? 'https' : 'http', head.authority, null);
    const { headers } = forwardedHeaders(head.claimed, own, trust);
    for (let at = 0; at < headers.length; at += 2) fields[headers[at] ?? ''] = headers[at + 1] ?? '';
    if (upgrade !== null) fields['x-forwarded-proto'] = isSecure ? 'wss' : 'ws';
    fields['x-forwarded-port'] = /:(\d+)$/.exec(head.authority ?? '')?.[1] ?? (isSecure ? '443' : '80');
  }
  for (const [name, value] of Object.entries(plan.headers)) {
    if (value !== undefined) fields[name.toLowerCase()] = value as string;
  }
  if (options.changeOrigin === true) fields['host'] = target.authority;
  fields['host'] ??= target.authority;
  if (upgrade !== null) Object.assign(fields, { connection: 'Upgrade', upgrade });
  return fields;
}

/**
 * What the client sent, less what was for this connection, and what it says of those before it unless they are
 * trusted; with what the program has put in its place.
 */
function received(
  request: ServerRequest,
  head: RequestHead,
  isTrusted: boolean,
): Record<string, string | string[]> {
  const { rawHeaders, headers } = request;
  const changed = changedNames(request);
  const named = namedByConnection([headers.connection ?? []].flat());
  const fields: Record<string, string | string[]> = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    if (name.startsWith(':') || isHopByHop(name) || name === 'expect' || changed.has(name)) continue;
    if (named?.has(name) === true || (!isTrusted && isForwardedField(name))) continue;
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else fields[name] = name === 'cookie' ? `${String(before)}; ${value}` : [before, value].flat();
  }
  for (const name of changed) {
    const value = headers[name];
    if (value !== undefined && !isHopByHop(name.toLowerCase())) fields[name.toLowerCase()] = value;
  }
  if (fields['host'] === undefined && head.authority !== null) fields['host'] = head.authority;
  return fields;
}
