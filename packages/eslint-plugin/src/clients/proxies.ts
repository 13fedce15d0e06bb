import type * as ESTree from 'estree';
import { knownStart, knownText } from '../source/known.ts';
import { parentOf, staticKey, type Node } from '../source/node.ts';
import { propertyAt, propertyOf } from '../source/objects.ts';
import { originOf } from '../source/origin.ts';
import type { SourceFile } from '../source/source-file.ts';
import { sourcesOf } from '../source/sources.ts';
import { usesOf } from '../source/uses.ts';

/** Calls that take options of the http-proxy family: where the options can stand. */
const calls: Readonly<Record<string, readonly number[]>> = {
  'http-proxy': [0],
  'http-proxy.createProxyServer': [0],
  'http-proxy.createProxy': [0],
  'http-proxy.createServer': [0],
  'http-proxy-3': [0],
  'http-proxy-3.createProxyServer': [0],
  'http-proxy-3.createServer': [0],
  'http-proxy-3.ProxyServer': [0],
  'httpxy.createProxyServer': [0],
  'httpxy.ProxyServer': [0],
  'http-proxy-middleware': [0, 1],
  'http-proxy-middleware.createProxyMiddleware': [0, 1],
  'http-proxy-middleware.legacyCreateProxyMiddleware': [0, 1],
};

/** What those calls give, and the methods of it that take options once more. */
const methods: Readonly<Record<string, number>> = { web: 2, ws: 3 };

/** Where the options of development servers have `proxy`. */
const developmentServers: ReadonlySet<string> = new Set(['server', 'preview', 'devServer']);

/** The options of a proxy of the http-proxy family. */
export interface ProxyOptions {
  readonly node: ESTree.ObjectExpression;
  /** The protocol of its target, as far as it is known. */
  readonly protocol: 'http' | 'https' | undefined;
}

export function proxyOptions(file: SourceFile, filename: string): readonly ProxyOptions[] {
  const found = new Set<ESTree.ObjectExpression>();
  const add = (node: Node): void => {
    for (const source of sourcesOf(file, node))
      if (source.node.type === 'ObjectExpression') found.add(source.node);
  };
  for (const call of file.calls) {
    if (call.callee.type === 'Super') continue;
    const origin = originOf(file, call.callee);
    if (origin === undefined || !/^httpx?y|^http-proxy/.test(origin)) continue;
    const method = /^(.*)\(\)\.(\w+)$/.exec(origin);
    const indexes =
      calls[origin] ??
      (method?.[1] !== undefined && method[1] in calls ? [methods[method[2] ?? ''] ?? -1] : []);
    for (const index of indexes) {
      const argument = call.arguments[index];
      if (argument !== undefined && argument.type !== 'SpreadElement') add(argument);
    }
  }
  for (const property of file.properties.get('proxy') ?? []) {
    const owner = parentOf(parentOf(property) ?? property);
    if (owner?.type !== 'Property' || !developmentServers.has(staticKey(owner) ?? '')) continue;
    addAll(file, property.value as Node, add);
  }
  if (/(?:^|[\\/])proxy\.conf(?:ig)?\.[cm]?[jt]s$/.test(filename)) {
    for (const property of file.properties.get('target') ?? []) {
      const object = parentOf(property);
      if (object !== undefined && usesOf(file, object).some(({ call }) => call === undefined)) add(object);
    }
  }
  return [...found].map((node) => ({ node, protocol: protocolOf(file, node) }));
}

/** Vite has an object of paths, webpack a list. */
function addAll(file: SourceFile, given: Node, add: (node: Node) => void): void {
  for (const { node } of sourcesOf(file, given)) {
    if (node.type === 'ArrayExpression') {
      for (const each of node.elements) if (each !== null && each.type !== 'SpreadElement') add(each);
    } else if (node.type === 'ObjectExpression') {
      for (const each of node.properties) if (each.type === 'Property') add(each.value as Node);
    }
  }
}

function protocolOf(file: SourceFile, options: ESTree.ObjectExpression): 'http' | 'https' | undefined {
  for (const key of ['target', 'forward']) {
    for (const { node } of propertyOf(file, options, key).found) {
      const start = knownStart(file, node);
      if (/^(?:https|wss):\/\//i.test(start)) return 'https';
      if (/^(?:http|ws):\/\//i.test(start)) return 'http';
      const [protocol] = propertyAt(file, node, ['protocol']).found;
      const text = protocol === undefined ? undefined : knownText(file, protocol.node);
      if (text !== undefined) return text.startsWith('https') ? 'https' : 'http';
    }
  }
  return undefined;
}
