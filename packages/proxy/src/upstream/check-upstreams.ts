import { check, exitCodeOf, type Diagnosis, type ProbeOptions } from '@altname/core';
import { readKeysOfUpstreams, readTimeouts, type ProxyOptions } from '../config/proxy-config.ts';
import { isTcpUpstream } from '../passthrough/tcp-upstream.ts';
import { readUpstream, type UpstreamConfig } from '../config/upstream-options.ts';
import { withAddressesNamed, type ServerConfig } from '../config/upstream-servers.ts';
import { checkPlain } from './check-plain.ts';
import { fixesFor, usableNames } from './fixes.ts';

/** What came of asking one server of an upstream. */
export interface UpstreamCheck {
  /** The key of the upstream in the configuration. */
  readonly upstream: string;
  /** The URL of the server. */
  readonly to: string;
  /** Whether the proxy would get through to it. */
  readonly isGood: boolean;
  /** False for an address without a name, which `createProxy` refuses. */
  readonly isNamed: boolean;
  /** Null for plain HTTP, of which there is nothing to verify. */
  readonly diagnosis: Diagnosis | null;
  /** Why there is no connection to a server of plain HTTP; null for any other. */
  readonly problem: string | null;
  /** What to change, in the terms of the proxy's configuration; empty when nothing has to be. */
  readonly fixes: readonly string[];
}

/**
 * Asks every server of every upstream, as the proxy would: with `check` of `@altname/core`. A server that is an address
 * without a name is asked, too: then `fixes` says which names its certificate carries, and it is not good. A server of
 * plain HTTP is good when it is there.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key; never for what the network does.
 */
export async function checkUpstreams(
  options: Pick<ProxyOptions, 'upstreams' | 'timeouts'>,
): Promise<UpstreamCheck[]> {
  const timeouts = readTimeouts(options.timeouts);
  const asked = Object.entries(readKeysOfUpstreams(options.upstreams)).flatMap(([key, given]) => {
    // What is passed through is verified by the client.
    if (isTcpUpstream(given)) return [];
    const named = withAddressesNamed(given);
    const config = readUpstream(key, named.options, timeouts);
    return config.servers.map((server, index) => ({ config, server, isNamed: !named.nameless.has(index) }));
  });
  return Promise.all(
    asked.map(async ({ config, server, isNamed }) => {
      const found = { upstream: config.key, to: server.origin, isNamed };
      const probe = probeOptions(server, config);
      if (probe === null) {
        const problem = await checkPlain(server, timeouts.connect);
        return { ...found, isGood: problem === null, diagnosis: null, problem, fixes: [] };
      }
      const answered = inOwnWords(await check(server.origin, probe), server);
      const isGood = isNamed && mayPass(answered, config);
      const diagnosis = isGood ? answered : asRefused(answered);
      const fixes = !isNamed
        ? [nameText(config, server, diagnosis)]
        : isGood
          ? []
          : fixesFor(diagnosis, config, server, true);
      return { ...found, isGood, diagnosis, problem: null, fixes };
    }),
  );
}

function probeOptions(
  { connection, named }: ServerConfig,
  { proxyProtocol }: UpstreamConfig,
): ProbeOptions | null {
  if (connection === null) return null;
  const { ca, name, sni, timeout } = connection;
  const names = !named ? {} : sni === null ? { servername: false as const, name } : { servername: sni, name };
  return {
    client: 'undici',
    timeout,
    ...names,
    ...(ca === undefined ? {} : { ca: ca.join('\n') }),
    ...(proxyProtocol === null ? {} : { proxyProtocol }),
  };
}

/** The names that were given for the check are the `name` of the proxy's configuration, as in what is told of a request. */
function inOwnWords(diagnosis: Diagnosis, { named, connection }: ServerConfig): Diagnosis {
  if (!named || connection === null) return diagnosis;
  const { sent, checked } = diagnosis.names;
  return {
    ...diagnosis,
    names: {
      ...diagnosis.names,
      sent: { ...sent, from: connection.sni === null ? 'not-sent-for-ip' : 'option-name' },
      checked: { ...checked, from: 'option-name' },
    },
  };
}

/** Node alone takes a name in the common name; the proxy verifies by RFC 9525, and refuses it. */
function asRefused(diagnosis: Diagnosis): Diagnosis {
  const { cause, findings, verdict } = diagnosis;
  if (verdict !== 'accepted' || cause?.code !== 'name-only-in-cn') return diagnosis;
  const refused = { ...cause, message: cause.message.replace(/; Node still .*$/, '; the proxy refuses it.') };
  return {
    ...diagnosis,
    verdict: 'refused',
    cause: refused,
    findings: findings.map((each) => (each.code === refused.code ? refused : each)),
  };
}

/** The check has neither the toleration nor the certificate of the proxy. */
function mayPass(diagnosis: Diagnosis, { tolerates, hasClientCertificate }: UpstreamConfig): boolean {
  const cause = diagnosis.cause?.code;
  return (
    exitCodeOf(diagnosis) === 0 ||
    (cause !== undefined && cause === tolerates) ||
    (hasClientCertificate && cause === 'client-certificate-required')
  );
}

function nameText(config: UpstreamConfig, server: ServerConfig, { names: { presented } }: Diagnosis): string {
  // Where one name for all is possible, that is what is asked for.
  const key = config.servers.length === 1 ? `upstreams.${config.key}.name` : server.nameKey;
  const names = presented === null ? [] : usableNames(presented);
  const shown = names.slice(0, 5).join(', ');
  return names.length === 0
    ? `${key}: ${server.origin} is an address: say which name its certificate has to carry`
    : `${key}: the certificate carries ${shown}${names.length > 5 ? ', …' : ''}: give one as name, only if this is the server you mean`;
}
