import type { NamesFromOptions } from '@altname/certs';
import type { Arguments, OptionSpec } from '../arguments.ts';

/** The options of every command that takes names from where they are used. */
export const sourceFlags: Readonly<Record<string, OptionSpec>> = {
  'cluster-domain': { takes: 'value', expects: 'a domain such as cluster.local' },
  namespace: { takes: 'value', expects: 'a Kubernetes namespace' },
};

export function sourceOptions(given: Arguments): NamesFromOptions {
  const clusterDomain = given.value('cluster-domain');
  const namespace = given.value('namespace');
  return {
    ...(clusterDomain === undefined ? {} : { clusterDomain }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}
