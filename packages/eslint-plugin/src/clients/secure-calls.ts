import { knownStart, knownText } from '../source/known.ts';
import { unwrapped, type Node } from '../source/node.ts';
import { propertyAt, propertyOf, type PropertyFacts } from '../source/objects.ts';
import { originOf } from '../source/origin.ts';
import type { Call, SourceFile } from '../source/source-file.ts';
import { sourcesOf, type Source } from '../source/sources.ts';
import { clientCalls, type ClientCall } from './calls.ts';

/** A call that dials with TLS, as far as the file tells. */
export interface SecureCall {
  readonly call: Call;
  readonly client: ClientCall;
  readonly options: readonly Node[];
  /** The expression of the URL, if there is one. */
  readonly url: Node | undefined;
}

const byOrigin: ReadonlyMap<string, ClientCall> = new Map(
  clientCalls.flatMap((client) => client.origins.map((origin) => [origin, client] as const)),
);

/** `axios.create()`, `got.extend()`: what they give is called as the library itself is. */
const instances = /^(axios|got|needle|request)\.(?:create|extend|defaults|instance)\(\)/;

export function secureCalls(file: SourceFile): readonly SecureCall[] {
  return file.noted(fresh, file.code.ast as Node, []);
}

function fresh(file: SourceFile): readonly SecureCall[] {
  return file.calls.flatMap((call) => {
    if (call.callee.type === 'Super') return [];
    const origin = originOf(file, call.callee)?.replace(instances, '$1');
    const client = origin === undefined ? undefined : byOrigin.get(origin);
    return client === undefined ? [] : (ofClient(file, call, client) ?? []);
  });
}

function ofClient(file: SourceFile, call: Call, client: ClientCall): SecureCall | undefined {
  const argument = (index: number): Node | undefined => {
    const found = call.arguments[index];
    return found === undefined || found.type === 'SpreadElement' ? undefined : found;
  };
  const given = client.options.map(argument).filter((each) => each !== undefined);
  // Where one of them is an object, the others are callbacks, whatever their names.
  const objects = given.filter((each) => isObject(file, each));
  const options = objects.length > 0 ? objects : given.filter((each) => canBeOptions(file, each));
  let url = client.url.map(argument).find((each) => each !== undefined && !isObject(file, each));
  for (const object of options) {
    for (const key of client.urlKeys ?? []) url ??= propertyOf(file, object, key).found[0]?.node;
  }
  const isSecure =
    client.secure === 'always' || (url !== undefined && /^(?:https|wss):/i.test(knownStart(file, url)));
  return isSecure ? { call, client, options, url } : undefined;
}

function canBeOptions(file: SourceFile, node: Node): boolean {
  return sourcesOf(file, node).some(
    ({ node: each }) => each.type !== 'Literal' && each.type !== 'TemplateLiteral' && !isFunctionLike(each),
  );
}

function isFunctionLike(node: Node): boolean {
  return /Function/.test(node.type);
}

function isObject(file: SourceFile, node: Node): boolean {
  return sourcesOf(file, node).every(({ node: each }) => each.type === 'ObjectExpression');
}

/** The host that is dialled, if the file tells it: of the options, or of the URL. */
export function dialledHost(file: SourceFile, { options, client, url }: SecureCall): string | undefined {
  for (const object of options) {
    for (const key of client.hostKeys ?? []) {
      const [first, ...others] = propertyOf(file, object, key).found;
      if (first !== undefined) return others.length === 0 ? knownText(file, first.node) : undefined;
    }
  }
  return url === undefined ? undefined : hostOfUrl(file, url);
}

/** The host of a URL, where the file tells the whole of it: a template may go on where the known text ends. */
export function hostOfUrl(file: SourceFile, url: Node): string | undefined {
  const start = knownStart(file, url);
  const found = /^(?:https|wss):\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:@]+)(?:([:/?#])|$)/i.exec(start);
  const isWhole = found?.[2] !== undefined || knownText(file, url) === start;
  return isWhole ? found?.[1]?.replaceAll(/^\[|\]$/g, '') : undefined;
}

/** A property of the options of TLS: in the options themselves, or in those of an agent. */
export function tlsProperty(file: SourceFile, secure: SecureCall, key: string): PropertyFacts {
  const found: Source[] = [];
  let absent: PropertyFacts['absent'] = 'yes';
  const add = (facts: PropertyFacts): void => {
    found.push(...facts.found);
    if (facts.absent === 'unknown') absent = 'unknown';
  };
  for (const object of secure.options) {
    for (const path of secure.client.tls) add(propertyAt(file, object, [...path, key]));
    for (const path of secure.client.agents) {
      const agent = propertyAt(file, object, path);
      if (agent.absent === 'unknown') absent = 'unknown';
      for (const { node } of agent.found)
        for (const source of sourcesOf(file, node)) add(ofAgent(file, source.node, key));
    }
  }
  return { found, absent: found.length > 0 && absent === 'yes' ? 'maybe' : absent };
}

const unknown: PropertyFacts = { found: [], absent: 'unknown' };
const nothing: PropertyFacts = { found: [], absent: 'yes' };

function ofAgent(file: SourceFile, given: Node, key: string): PropertyFacts {
  const node = unwrapped(given);
  if (node.type === 'Literal' || (node.type === 'Identifier' && node.name === 'undefined')) return nothing;
  if (node.type !== 'NewExpression') return unknown;
  const origin = originOf(file, node.callee);
  const client = origin === undefined ? undefined : byOrigin.get(origin);
  if (client === undefined) return unknown;
  const [options] = node.arguments;
  if (options === undefined) return nothing;
  if (options.type === 'SpreadElement') return unknown;
  const all = client.tls.map((path) => propertyAt(file, options, [...path, key]));
  return all.length === 1 ? (all[0] ?? nothing) : unknown;
}
