import { AltnameError } from './error.ts';
import { clientNames } from './diagnosis/clients/index.ts';
import type { Diagnosis } from './diagnosis/diagnosis.ts';
import type { ClientName } from './diagnosis/evidence.ts';
import { diagnoseError } from './explain/diagnose-error.ts';
import { readPlace, withoutSecrets } from './explain/error-place.ts';
import { printable } from './names/printable.ts';
import { surroundings } from './probe/surroundings.ts';

/** What the caller of {@link explainError} knows beside the error. */
export interface ExplainErrorOptions {
  /** The time by which certificates are judged; now, if not given. */
  readonly now?: Date;
  /** The client library, where its errors do not show it: several hand on those of Node as they are. */
  readonly client?: ClientName;
  /** What was to be reached: a URL, `host`, `host:port` or `[v6]:port`. Only scheme, host and port are kept. */
  readonly asked?: string;
}

/**
 * Finds the TLS failure inside any client's error, however it is wrapped, and says which of the six names disagree,
 * why, and what to change. It asks nobody: everything is taken from the error.
 *
 * What the error does not say stays open: a name is null and comes from `unknown`, an unknown port is 0 and an unknown
 * host empty; code that would need them says so in its `condition`. Only an error of the name carries a certificate.
 * Credentials, paths and queries of URLs in the error are not kept.
 *
 * @param error anything that was thrown, rejected or emitted; nothing in it makes this function throw
 * @returns null when there is no TLS failure in it: a refused connection, a name without address, or the error of a
 * client that kept the reason to itself
 * @throws {AltnameError} `ALTNAME_BAD_OPTION` when an option is not what it should be
 */
export function explainError(error: unknown, options: ExplainErrorOptions = {}): Diagnosis | null {
  const { client, asked, now } = options;
  if (client !== undefined && !clientNames.includes(client)) {
    throw badOption(`client "${printable(String(client), 60)}" is none of: ${clientNames.join(', ')}`);
  }
  if (now !== undefined && !(now instanceof Date && Number.isFinite(now.getTime()))) {
    throw badOption('now is not a valid Date');
  }
  const place = asked === undefined ? null : readPlace(asked);
  if (asked !== undefined && place === null) {
    const shown = printable(withoutSecrets(String(asked)), 120);
    throw badOption(`asked "${shown}" is no URL, host, host:port or [v6]:port`);
  }
  const here = surroundings();
  return diagnoseError(error, { ...here, now: now ?? here.now, client: client ?? null, asked: place });
}

function badOption(message: string): AltnameError {
  return new AltnameError('ALTNAME_BAD_OPTION', message);
}
