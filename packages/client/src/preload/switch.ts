import { alwaysAgrees } from './agreeable.ts';
import { saysNotToReject } from './given.ts';
import type { ConnectOptions, Switch } from './sighting.ts';

/** The switch that keeps Node from refusing. The program's own options are asked last: they may be a proxy. */
export function switchOf(options: ConnectOptions, args: readonly unknown[]): Switch | null {
  if (options.rejectUnauthorized === false) {
    const everywhere = process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0';
    return everywhere && !saysNotToReject(args) ? 'environment' : 'option';
  }
  return alwaysAgrees(options.checkServerIdentity) ? 'identity' : null;
}
