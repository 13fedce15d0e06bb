import { readFileSync, statSync } from 'node:fs';
import type { Sighting } from './sighting.ts';
import type { Position } from './source-position.ts';
import type { TunnelEnd } from './tunnel-end.ts';

/** A tunnel that the program itself asked an HTTP proxy for (CONNECT, RFC 9110 §9.3.6). */
export interface ConnectTunnel {
  /** Null where the program made the words up as it ran. */
  readonly end: TunnelEnd | null;
}

/**
 * Whether TLS begins over a tunnel of the program's own making, and where that leads.
 *
 * | the program asked the proxy           | seen by                                                         |
 * |---------------------------------------|-----------------------------------------------------------------|
 * | with a request of `http`              | the request that the socket was made for: its path is the end     |
 * | in words of its own, on a bare socket | `CONNECT` in the source of the place that calls `tls.connect`     |
 */
export function connectTunnel(
  { options: { socket }, beneath }: Sighting,
  callSite: Position | null,
): ConnectTunnel | null {
  if (typeof socket !== 'object' || socket === null) return null;
  const leadsTo = beneath?.leadsTo ?? null;
  if (leadsTo !== null) return { end: endOf(leadsTo) };
  return callSite === null ? null : askedInWords(callSite.file);
}

function askedInWords(file: string): ConnectTunnel | null {
  const spoken = [...textOf(file).matchAll(/['"`]CONNECT ([^\s'"`]*)/g)].map(([, end = '']) => end);
  if (spoken.length === 0) return null;
  return { end: new Set(spoken).size === 1 ? endOf(spoken[0] ?? '') : null };
}

function textOf(file: string): string {
  try {
    const entry = statSync(file, { throwIfNoEntry: false });
    return entry?.isFile() === true && entry.size <= largestFile ? readFileSync(file, 'utf8') : '';
  } catch {
    return '';
  }
}

/** Octets of a source that is looked into. */
const largestFile = 512 * 1024;

/** Of `host:port`, as a proxy is asked for it; null for what a template leaves open. */
function endOf(authority: string): TunnelEnd | null {
  const [, v6, plain, port] = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(authority) ?? [];
  const host = v6 ?? plain;
  return host === undefined ? null : { host, port: Number(port) || null };
}
