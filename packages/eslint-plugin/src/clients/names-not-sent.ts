import type * as ESTree from 'estree';
import { addressIn, patternOf } from '../names/name-text.ts';
import { knownStart, knownText, possibleValues } from '../source/known.ts';
import type { Node } from '../source/node.ts';
import { propertyAt, propertyOf } from '../source/objects.ts';
import { originOf } from '../source/origin.ts';
import type { Call, SourceFile } from '../source/source-file.ts';
import { sourcesOf } from '../source/sources.ts';
import { silentClients, type SilentClient } from './silent.ts';

export interface NameNotSent {
  readonly node: Node;
  readonly client: string;
  readonly place: string;
  readonly host: string | undefined;
  /** The options of TLS, where the name can be put in. */
  readonly object: ESTree.ObjectExpression | undefined;
}

/** Calls of clients that send no server name by itself, over TLS, to a host that is a name, without one. */
export function* namesNotSent(file: SourceFile, unknownHosts: boolean): Generator<NameNotSent, void> {
  for (const call of file.calls) {
    if (call.callee.type === 'Super') continue;
    const origin = originOf(file, call.callee);
    const silent = silentClients.find(({ origins }) => origins.includes(origin ?? ''));
    const found = silent === undefined ? undefined : ofClient(file, call, silent, unknownHosts);
    if (found !== undefined) yield found;
  }
}

function ofClient(
  file: SourceFile,
  call: Call,
  silent: SilentClient,
  unknownHosts: boolean,
): NameNotSent | undefined {
  const options = silent.options.flatMap((index) => {
    const found = call.arguments[index];
    return found === undefined || found.type === 'SpreadElement' || !isObject(file, found) ? [] : [found];
  });
  const urls = silent.urls.flatMap((each) => {
    if (typeof each === 'string')
      return options.flatMap((object) => propertyOf(file, object, each).found.map(({ node }) => node));
    const found = call.arguments[each];
    return found === undefined || found.type === 'SpreadElement' || isObject(file, found) ? [] : [found];
  });
  const starts = urls.map((url) => knownStart(file, url));
  const isByUrl = starts.some((start) => silent.scheme.test(start));
  const tls = options.map((object) => propertyAt(file, object, silent.tls));
  const isByOptions = options.some((object) =>
    silent.switchedBy === undefined
      ? propertyAt(file, object, silent.tls).found.some(({ node }) => isObject(file, node))
      : propertyAt(file, object, silent.switchedBy).found.some(({ node }) => isTrue(file, node)),
  );
  if (!isByUrl && !isByOptions) return undefined;
  for (const facts of tls) {
    if (facts.absent === 'unknown') return undefined;
    for (const { node } of facts.found) {
      const name = propertyOf(file, node, 'servername');
      if (name.absent !== 'yes') return undefined;
    }
  }
  const second = silent.hostArgument === undefined ? undefined : call.arguments[silent.hostArgument];
  const positional =
    second === undefined || second.type === 'SpreadElement' ? undefined : knownText(file, second);
  const host =
    hostOf(file, options, silent) ??
    positional ??
    urls.map((url) => hostIn(file, url)).find((each) => each !== undefined);
  if (host === undefined ? !unknownHosts || saysHost(file, options, silent) : !isName(host)) return undefined;
  const [holder] = tls.flatMap((facts) => facts.found.flatMap(({ node }) => sourcesOf(file, node)));
  const object = holder?.node.type === 'ObjectExpression' ? holder.node : undefined;
  return { node: object ?? call, client: silent.client, place: `\`${silent.tls.join('.')}\``, host, object };
}

function hostOf(file: SourceFile, options: readonly Node[], silent: SilentClient): string | undefined {
  for (const object of options) {
    for (const path of silent.hosts) {
      const [first] = propertyAt(file, object, path).found;
      if (first !== undefined) return knownText(file, first.node);
    }
  }
  return undefined;
}

/** A host that is written, and is no name: an address, or this machine. */
function saysHost(file: SourceFile, options: readonly Node[], silent: SilentClient): boolean {
  const host = hostOf(file, options, silent);
  return host !== undefined && !isName(host);
}

/** The host of a URL, where the file tells the whole of it; what stands before it may be unknown. */
function hostIn(file: SourceFile, url: Node): string | undefined {
  const text = knownText(file, url) ?? patternOf(file, url) ?? '';
  const host = /^\w+:\/\/(?:[^@/]*@)?([^/:?#[\]]+)(?:[:/?#]|$)/.exec(text)?.[1];
  return host?.includes('\0') === true ? undefined : host;
}

function isName(host: string): boolean {
  return host !== '' && host !== 'localhost' && addressIn(host) === undefined;
}

function isObject(file: SourceFile, node: Node): boolean {
  return sourcesOf(file, node).some(({ node: each }) => each.type === 'ObjectExpression');
}

function isTrue(file: SourceFile, node: Node): boolean {
  return possibleValues(file, node).every(({ known }) => known.kind === 'value' && known.value === true);
}

/** `ssl.servername` of pg beside a host that is a name: pg puts the host in its place. */
export function* overwrittenNames(file: SourceFile): Generator<{ node: Node; host: string }, void> {
  for (const call of file.calls) {
    if (call.callee.type === 'Super') continue;
    const origin = originOf(file, call.callee);
    if (origin !== 'pg.Client' && origin !== 'pg.Pool' && origin !== 'pg-pool') continue;
    const [options] = call.arguments;
    if (options === undefined || options.type === 'SpreadElement') continue;
    const [name] = propertyAt(file, options, ['ssl', 'servername']).found;
    if (name === undefined) continue;
    const [given] = propertyOf(file, options, 'host').found;
    const [url] = propertyOf(file, options, 'connectionString').found;
    const host =
      given === undefined
        ? url === undefined
          ? undefined
          : hostIn(file, url.node)
        : knownText(file, given.node);
    if (host === undefined || host === '' || addressIn(host) !== undefined) continue;
    if (knownText(file, name.node)?.toLowerCase() === host.toLowerCase()) continue;
    yield { node: name.node, host };
  }
}
