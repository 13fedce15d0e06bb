import { isAbsolute, resolve } from 'node:path';
import { tolerate, type TolerateOptions } from '@altname/client';
import { AltnameError } from '@altname/core';
import { readPem } from '../config/pem.ts';

/** Keys that are paths themselves; others are written `{ file: path }`. */
const paths: ReadonlySet<string> = new Set(['tls.dir']);

/**
 * What a file declares, as options: paths are from where the file is, and a fault that is tolerated is made of what is
 * written of it. What is no such thing stays as it is, for whoever reads it to refuse.
 *
 * @param dir the directory of the file, absolute
 * @throws {AltnameError} what `tolerate` of `@altname/client` throws, naming the key
 */
export function declaredOptions(value: unknown, dir: string): unknown {
  const options = withPaths(value, '', dir);
  if (!isObject(options) || !isObject(options['upstreams'])) return options;
  const upstreams = Object.entries(options['upstreams']).map(([name, each]) => {
    return [name, isObject(each) ? declaredUpstream(`upstreams.${name}`, each) : each];
  });
  return { ...options, upstreams: Object.fromEntries(upstreams) };
}

function declaredUpstream(key: string, given: Readonly<Record<string, unknown>>): unknown {
  const { cert, key: own, tolerate: fault } = given;
  return {
    ...given,
    ...(isObject(cert) ? { cert: readPem(`${key}.cert`, cert) } : {}),
    ...(isObject(own) ? { key: readPem(`${key}.key`, own) } : {}),
    ...(isObject(fault) ? { tolerate: toleration(`${key}.tolerate`, given) } : {}),
  };
}

function withPaths(value: unknown, key: string, dir: string): unknown {
  if (typeof value === 'string') return paths.has(key) ? from(dir, value) : value;
  if (Array.isArray(value)) return value.map((each) => withPaths(each, `${key}[]`, dir));
  if (!isObject(value)) return value;
  const { file, ...more } = value;
  if (typeof file === 'string' && Object.keys(more).length === 0) return { file: from(dir, file) };
  const below = (name: string): string => (key === '' ? name : `${key}.${name}`);
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, withPaths(each, below(name), dir)]),
  );
}

function from(dir: string, path: string): string {
  return isAbsolute(path) || path.includes('-----BEGIN') ? path : resolve(dir, path);
}

/** For the name that is checked, unless another is written. */
function toleration(key: string, upstream: Readonly<Record<string, unknown>>): unknown {
  const { to, name, tolerate: given } = upstream;
  const first: unknown = Array.isArray(to) ? to[0] : to;
  const server = isObject(first) ? first : { to: first };
  const checked = name ?? server['name'] ?? hostOf(server['to']);
  // Then `to` is refused first.
  if (checked === null || !isObject(given)) return given;
  try {
    return tolerate({ name: checked, ...given } as TolerateOptions & { cause: 'name-mismatch' });
  } catch (error) {
    if (!(error instanceof AltnameError)) throw error;
    const [, option, why = error.message] = /^tolerate: (?:(\w+)\b)?(?:: )?(.*)$/s.exec(error.message) ?? [];
    const isOption = option !== undefined && /^tolerate: \w+(?::| ")/.test(error.message);
    const text = isOption
      ? `${key}.${option}${error.message.slice(`tolerate: ${option}`.length)}`
      : `${key}: ${option ?? ''}${why}`;
    throw new AltnameError(error.code, text, { cause: error });
  }
}

function hostOf(url: unknown): string | null {
  const isUrl = typeof url === 'string' && URL.canParse(url);
  return isUrl ? new URL(url).hostname.replace(/^\[|\]$/g, '') : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
