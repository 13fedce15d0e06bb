import type { Connection } from '@altname/client';
import { isDeepStrictEqual } from 'node:util';
import type { ProxyConfig } from './config/proxy-config.ts';
import { ProxyMetrics } from './metrics/proxy-metrics.ts';
import { Upstream } from './upstream/upstream.ts';

/**
 * What holds for the requests that begin now. Each takes it once and ends with it; a reload puts another in its place.
 */
export interface Setup {
  readonly config: ProxyConfig;
  /** By the key of the configuration. */
  readonly upstreams: ReadonlyMap<string, Upstream>;
  /** Counts go on over a reload; null where nothing is counted. */
  readonly metrics: ProxyMetrics | null;
}

/** The setup for a configuration. An upstream that is what it was is kept, with its connections. */
export function makeSetup(config: ProxyConfig, before: Setup | null): Setup {
  const metrics = config.admin === null ? null : (before?.metrics ?? new ProxyMetrics());
  for (const { key } of config.tcpUpstreams) metrics?.passthrough.expect(key);
  const upstreams = config.upstreams.map((each): [string, Upstream] => {
    const kept = before?.upstreams.get(each.key);
    const isSame =
      before !== null &&
      kept !== undefined &&
      isAlike(kept.config, each) &&
      isAlike(before.config.timeouts, config.timeouts);
    return [
      each.key,
      isSame ? kept : new Upstream(each, config.timeouts, metrics?.upstream(each.key) ?? null),
    ];
  });
  return Object.freeze({ config, upstreams: new Map(upstreams), metrics });
}

/** The upstreams of one setup that another has not. */
export function goneUpstreams(before: Setup, after: Setup): Upstream[] {
  return [...before.upstreams].flatMap(([key, upstream]) =>
    after.upstreams.get(key) === upstream ? [] : [upstream],
  );
}

/** Whether two values that were read from options say the same. */
export function isAlike(a: unknown, b: unknown): boolean {
  if (isConnection(a) && isConnection(b)) {
    // The digest is of names, roots, certificate and toleration (`keptApart`).
    const { sessionIdContext } = a.secure;
    return a.to === b.to && a.timeout === b.timeout && sessionIdContext === b.secure.sessionIdContext;
  }
  if (!isPlain(a) || !isPlain(b)) return isDeepStrictEqual(a, b);
  const keys = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isAlike(a[key], b[key]))
  );
}

function isConnection(value: unknown): value is Connection {
  return typeof value === 'object' && value !== null && 'secure' in value && 'dial' in value;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
