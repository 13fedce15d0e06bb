import type { SecureServerOptions } from 'node:http2';
import type { ServerContext, ServerProblem } from '@altname/certs';
import { AltnameError, printable } from '@altname/core';
import type { ClientCertificates } from '../config/client-certificates.ts';
import { fault } from '../config/fault.ts';
import type { FrontTls } from '../config/front-tls.ts';
import type { ProxyConfig } from '../config/proxy-config.ts';
import { frontCertificates, type FrontCertificate } from './front-certificate.ts';

/** What a server shows to clients, and asks of them; with the directory that it comes from, if any. */
export interface ShownCertificates {
  readonly options: SecureServerOptions;
  readonly context: ServerContext | null;
}

type Tell = (problem: ServerProblem) => void;

/**
 * Reads what a server shows. A directory without a certificate is told of, as one may still come; it takes no place of
 * certificates that are good.
 *
 * @param before what is shown now; null at the start
 * @throws {AltnameError} what the certificates throw, naming the key
 */
export async function shownCertificates(
  tls: FrontTls,
  tell: Tell,
  before: ShownCertificates | null = null,
): Promise<ShownCertificates> {
  const asked = clientCertificateOptions(tls.clientCertificates);
  if (tls.kind === 'development') {
    const { developmentCertificate } = await import('@altname/certs');
    return { options: { ...(await developmentCertificate({ names: tls.names })), ...asked }, context: null };
  }
  const { minVersion } = tls;
  if (tls.kind === 'pair') {
    return { options: { cert: tls.cert, key: tls.key, minVersion, ...asked }, context: null };
  }
  const context = await directoryOf(tls, tell);
  const shown = { options: { ...context.options, ...asked }, context };
  if (certificatesIn(shown).length > 0) return shown;
  if (before !== null && certificatesIn(before).length > 0) {
    context.close();
    throw fault('tls.dir', `${printable(tls.dir)}: ${noneText}`);
  }
  const message = `${tls.dir}: ${noneText}: clients are refused until there is one`;
  tell({ code: 'directory', file: tls.dir, message });
  return shown;
}

/** The certificates that clients are shown. */
export function certificatesIn({ context, options }: ShownCertificates): readonly FrontCertificate[] {
  return frontCertificates(context, options.cert);
}

/** Tells whom it concerns; the names of files in the line may be anybody's. */
export function tellProblem({ onProblem }: ProxyConfig, { code, file, message }: ServerProblem): void {
  const line = printable(message, 1000);
  if (onProblem !== null) onProblem({ code, file, message: line });
  else process.emitWarning(line, { type: 'AltnameWarning', code: 'ALTNAME_SERVER_CONTEXT' });
}

const noneText = 'no certificate in it can be served';

function clientCertificateOptions(given: ClientCertificates | null): SecureServerOptions {
  if (given === null) return {};
  return { requestCert: true, rejectUnauthorized: given.required, ca: [...given.ca] };
}

async function directoryOf(tls: FrontTls & { kind: 'directory' }, tell: Tell): Promise<ServerContext> {
  const { serverContext } = await import('@altname/certs');
  const { dir, fallback, minVersion, clientCertificates } = tls;
  try {
    return serverContext({
      dir,
      onProblem: tell,
      ...(fallback === null ? {} : { default: fallback }),
      // Node takes the issuers of clients from the context that was chosen by server name.
      tls: { minVersion, ...(clientCertificates === null ? {} : { ca: [...clientCertificates.ca] }) },
    });
  } catch (error) {
    if (!(error instanceof AltnameError)) throw error;
    throw new AltnameError(error.code, error.message.replace(/^serverContext: /, 'tls.'), { cause: error });
  }
}
