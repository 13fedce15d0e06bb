import { dataAt } from './own-data.ts';
import type { Sighting } from './sighting.ts';
import type { AgentRequest } from './agent-requests.ts';

/** The target behind a proxy. */
export interface TunnelEnd {
  readonly host: string;
  readonly port: number | null;
}

/**
 * Where a tunnel leads. https-proxy-agent takes host and port out of the options before it gives them to `tls.connect`
 * (version 5 the hostname too), so they are read from what the agent was asked for, else from the request that
 * follow-redirects, beneath axios, made for the server name. Null when neither is there.
 */
export function tunnelEnd(
  { options }: Sighting,
  request: AgentRequest | null,
  made: readonly object[],
): TunnelEnd | null {
  if (typeof options.socket !== 'object' || options.socket === null) return null;
  if (request?.host != null) return { host: request.host, port: request.port };
  const name = options.hostname ?? options.servername;
  for (const object of made) {
    const hostname = dataAt(object, '_options', 'hostname');
    if (typeof hostname !== 'string' || hostname !== name) continue;
    return { host: hostname, port: Number(dataAt(object, '_options', 'port')) || null };
  }
  return null;
}
