import type { Plugin, PreviewServer, ResolvedConfig, UserConfig, ViteDevServer } from 'vite';
import {
  assertOptions,
  makeDevelopmentCertificate,
  type DevelopmentCertificate,
  type DevelopmentCertificateOptions,
} from './development/development-certificate.ts';

export interface AltnameVitePluginOptions extends DevelopmentCertificateOptions {
  /** As {@link DevelopmentCertificateOptions.lan}; when not given, whether Vite listens on every address (`--host`). */
  readonly lan?: boolean;
}

/** How often a server that runs asks whether its certificate needs a new one, in ms. */
const renewal = 3_600_000;

/**
 * Https for the servers of Vite, `vite` and `vite preview`, and for the WebSocket of its hot updates.
 *
 * - `server.host`, when it is a name or an address, is on the certificate, too.
 * - The names are among `server.allowedHosts`, for Vite refuses the WebSocket of others.
 * - An own `server.https` stands, and nothing is made.
 * - A server that runs for months shows its new certificate without a restart.
 * - `vite build` and Vitest are left alone.
 *
 * Both servers are for development, and `vite preview` sets `NODE_ENV` to `production` itself: it is not asked here.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` for what is no option; when Vite starts, `ALTNAME_BAD_IDENTIFIER` for what is
 *   no name, `ALTNAME_BAD_AUTHORITY` for a name that the CA may not sign for.
 */
export default function altname(options: AltnameVitePluginOptions = {}): Plugin {
  assertOptions(options);
  let wanted: DevelopmentCertificateOptions = options;
  let made: DevelopmentCertificate | null = null;
  const watch = ({ httpServer, config }: ViteDevServer | PreviewServer): void => {
    if (httpServer === null || !('setSecureContext' in httpServer)) return;
    const timer = setInterval(() => {
      renew(wanted, made).then(
        (renewed) => {
          if (renewed === null) return;
          made = renewed;
          httpServer.setSecureContext({ ...renewed });
        },
        (error: unknown) => config.logger.warn(`altname: no new certificate: ${String(error)}`),
      );
    }, renewal);
    timer.unref();
    httpServer.once('close', () => clearInterval(timer));
  };
  return {
    name: 'altname',
    // After plugins that bring a certificate of their own.
    enforce: 'post',
    apply: (_config, { command }) => command === 'serve' && process.env['VITEST'] === undefined,
    async config(config) {
      if (config.server?.https !== undefined) return undefined;
      wanted = withHost(options, config.server?.host);
      made = await makeDevelopmentCertificate(wanted);
      return https(made, wanted, config.server?.allowedHosts);
    },
    configResolved(config) {
      if (made === null) config.logger.info('altname: server.https of the config stands; nothing is made');
    },
    configureServer(server) {
      if (shows(server.config.server, made)) watch(server);
    },
    configurePreviewServer(server) {
      if (shows(server.config.preview, made)) watch(server);
    },
  };
}

/** Where Vite listens is where it is asked for: one name or address, or every address of the machine. */
function withHost(
  options: AltnameVitePluginOptions,
  host: string | boolean | undefined,
): DevelopmentCertificateOptions {
  const { names = [], lan } = options;
  if (host === true || host === '0.0.0.0' || host === '::') return { ...options, lan: lan ?? true };
  return typeof host === 'string' ? { ...options, names: [...names, host] } : options;
}

function https(
  { cert, key }: DevelopmentCertificate,
  { names = [] }: DevelopmentCertificateOptions,
  allowed: string[] | true | undefined,
): UserConfig {
  // Octets and no text: Vite takes a text for a path first, and DEBUG=vite:config prints it whole.
  const server = { https: { cert, key: Buffer.from(key) } };
  // In Vite's list, `.app.test` stands for all below it.
  const allowedHosts = names.map((name) => name.replace(/^\*/, ''));
  return { server: allowed === true ? server : { ...server, allowedHosts } };
}

/** Whether a server shows what was made here: a plugin after this one may have put another certificate there. */
function shows(
  server: ResolvedConfig['server'] | ResolvedConfig['preview'],
  made: DevelopmentCertificate | null,
): boolean {
  return made !== null && server.https?.cert === made.cert;
}

async function renew(
  wanted: DevelopmentCertificateOptions,
  made: DevelopmentCertificate | null,
): Promise<DevelopmentCertificate | null> {
  const current = await makeDevelopmentCertificate(wanted);
  return current.cert === made?.cert ? null : current;
}
