import { ProxyServer } from './proxy-server.ts';
import type { ServerOptions } from './server-options.ts';

/**
 * The API of http-proxy, to move by changing an import. What is sent and checked in TLS comes of `target` and `name`;
 * verification is always on. What differs is in the table of `docs/http-proxy.md`.
 *
 * ```js
 * import httpProxy from '@altname/proxy/http-proxy';
 *
 * httpProxy.createProxyServer({ target: 'https://10.0.0.5', name: 'api.internal.example' }).listen(8080);
 * ```
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key.
 */
export function createProxyServer(options?: ServerOptions): ProxyServer {
  return new ProxyServer(options);
}

export { createProxyServer as createProxy, createProxyServer as createServer };
export { ProxyServer };
export type { ErrorCallback, ProxyServerEvents, ShownOptions } from './proxy-server.ts';
export type { ProxyTarget, ProxyTargetParts, ServerOptions } from './server-options.ts';
export type { TargetUrl } from './target.ts';
export default ProxyServer;
