/** What takes the options of a server: `rejectUnauthorized` there is about certificates of clients. */
export const servers: ReadonlySet<string> = new Set([
  'https.createServer',
  'https.Server',
  'tls.createServer',
  'tls.Server',
  'http2.createSecureServer',
  'spdy.createServer',
  'restify.createServer',
  'fastify',
  'fastify.fastify',
  'http-proxy.createServer',
  'Bun.serve',
]);

/** The last name of a function that makes a server, where the module is not known. */
export const serverName: RegExp =
  /^(?:create(?:Secure|Https|Tls|TLS|HTTPS)?Server|setSecureContext|addContext)$/;

/** Options that only a server has. */
export const serverOptions: ReadonlySet<string> = new Set(['requestCert', 'SNICallback', 'isServer']);
