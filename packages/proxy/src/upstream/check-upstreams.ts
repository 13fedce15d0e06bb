import { check, exitCodeOf, type Diagnosis, type ProbeOptions } from '@altname/core';
import { readKeysOfUpstreams, readTimeouts, type ProxyOptions } from '../config/proxy-config.ts';
import { isTcpUpstream } from '../passthrough/tcp-upstream.ts';
import { namelessAddress, readUpstream, type UpstreamConfig } from '../config/upstream-options.ts';
import { fixesFor, usableNames } from './fixes.ts';

/** What came of asking one upstream. */
export interface UpstreamCheck {
  /** Its key in the configuration. */
  readonly upstream: string;
  /** Its URL. */
  readonly to: string;
  /** Whether the proxy would get through to it. */
  readonly isGood: boolean;
  /** False for an address without a name, which `createProxy` refuses. */
  readonly isNamed: boolean;
  readonly diagnosis: Diagnosis;
  /** What to change, in the terms of the proxy's configuration; empty when nothing has to be. */
  readonly fixes: readonly string[];
}

/**
 * Asks every upstream, as the proxy would: with `check` of `@altname/core`. An upstream that is an address without a
 * name is asked, too: then `fixes` says which names its certificate carries, and it is not good.
 *
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, in one line that names the key; never for what the network does.
 */
export async function checkUpstreams(
  options: Pick<ProxyOptions, 'upstreams' | 'timeouts'>,
): Promise<UpstreamCheck[]> {
  const timeouts = readTimeouts(options.timeouts);
  // What is passed through is verified by the client.
  const asked = Object.entries(readKeysOfUpstreams(options.upstreams)).filter(
    ([, each]) => !isTcpUpstream(each),
  );
  const entries = asked.map(([key, given]) => {
    const nameless = namelessAddress(given);
    const named =
      nameless === null ? given : { ...(given as object), name: nameless.hostname.replace(/^\[|\]$/g, '') };
    return { config: readUpstream(key, named, timeouts), isNameless: nameless !== null };
  });
  return Promise.all(
    entries.map(async ({ config, isNameless }) => {
      const diagnosis = await check(config.origin, probeOptions(config));
      const isGood = !isNameless && mayPass(diagnosis, config);
      const fixes = isNameless ? [nameText(config, diagnosis)] : isGood ? [] : fixesFor(diagnosis, config);
      return { upstream: config.key, to: config.origin, isGood, isNamed: !isNameless, diagnosis, fixes };
    }),
  );
}

function probeOptions({ connection, named }: UpstreamConfig): ProbeOptions {
  const { ca, name, sni, timeout } = connection;
  const names = !named ? {} : sni === null ? { servername: false as const, name } : { servername: sni, name };
  return { client: 'undici', timeout, ...names, ...(ca === undefined ? {} : { ca: ca.join('\n') }) };
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

function nameText(config: UpstreamConfig, { names: { presented } }: Diagnosis): string {
  const key = `upstreams.${config.key}.name`;
  const names = presented === null ? [] : usableNames(presented);
  const shown = names.slice(0, 5).join(', ');
  return names.length === 0
    ? `${key}: ${config.origin} is an address: say which name its certificate has to carry`
    : `${key}: the certificate carries ${shown}${names.length > 5 ? ', …' : ''}: give one as name, only if this is the server you mean`;
}
