import { diagnose } from './diagnosis/diagnose.ts';
import type { Diagnosis } from './diagnosis/diagnosis.ts';
import type { ProbeOptions } from './probe/options.ts';
import { probe } from './probe/probe.ts';

/**
 * Reaches a target as the user's client would and says which of the six names disagree, why, and what to change:
 * `probe`, then `diagnose`.
 *
 * @param target a URL, `host`, `host:port` or `[v6]:port`
 * @throws {AltnameError} `ALTNAME_BAD_TARGET` or `ALTNAME_BAD_OPTION`; never for what the network does.
 */
export async function check(target: string, options: ProbeOptions = {}): Promise<Diagnosis> {
  return diagnose(await probe(target, options));
}
