import { parseTOML, ParseError, type AST } from 'toml-eslint-parser';
import { goServerNameFault, isAddress, isLoopback } from '../text/server-name.ts';
import type { Found } from '../text-file.ts';
import { NotRead, type Format } from './format.ts';
import { addressWithoutName, exampleName, verificationOff } from './traefik.ts';

/** A value: where it is, and what stands there. */
interface Leaf {
  /** Its keys, in lower case as Traefik takes them in any; places in lists are numbers. */
  readonly path: readonly (string | number)[];
  /** Null for a table, and for what nothing is asked of. */
  readonly value: string | boolean | null;
  /** From the key to the end of the value. */
  readonly start: number;
  readonly end: number;
  readonly valueStart: number;
}

/** UTF-16 units of a file that is parsed. What is larger was not written by hand. */
const longest = 1 << 20;

/** Traefik's configurations in TOML: what the other format tells of those in YAML. */
export const traefikToml: Format = {
  name: 'a configuration of Traefik',
  comment: '#',
  mayBe: (path) => path.endsWith('.toml'),
  claims: ({ text }) => /serversTransport|loadBalancer/i.test(text),
  *check({ text }) {
    if (text.length > longest) throw new NotRead('It has over 1 MiB.');
    const leaves = leavesOf(text);
    for (const leaf of leaves) yield* faultsOf(leaf, leaves);
  },
};

function* faultsOf(leaf: Leaf, leaves: readonly Leaf[]): Generator<Found, void> {
  const { path, value, start, end, valueStart } = leaf;
  const name = path.at(-1);
  if (path.slice(0, -1).some((each) => /^serverstransports?$/.test(String(each)))) {
    if (name === 'insecureskipverify' && value === true) yield { ...verificationOff, start, end };
    const fault =
      name === 'servername' && typeof value === 'string'
        ? goServerNameFault('serverName', value, `serverName = "${exampleName}"`)
        : null;
    if (fault !== null) yield { ...fault, start, end };
  } else if (name === 'url' && typeof value === 'string' && path.at(-3) === 'servers') {
    const host = /^https:\/\/(\[[^\]]*\]|[^/:?#]*)/i.exec(value)?.[1];
    if (host !== undefined && isAddress(host) && !isLoopback(host) && !isNamed(path.slice(0, -3), leaves)) {
      yield { ...addressWithoutName, start: valueStart, end };
    }
  }
}

/** Whether the transport of a load balancer has a name of its own, or is not known: it may be of another file. */
function isNamed(balancer: Leaf['path'], leaves: readonly Leaf[]): boolean {
  const transport = leaves.find(({ path }) => isPath(path, [...balancer, 'serverstransport']))?.value;
  if (typeof transport !== 'string') return false;
  const place = ['http', 'serverstransports', transport.replace(/@file$/, '').toLowerCase()];
  const known = leaves.filter(({ path }) => isPath(path.slice(0, 3), place));
  return known.length === 0 || known.some(({ path }) => path.at(-1) === 'servername');
}

function isPath(one: Leaf['path'], other: Leaf['path']): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}

function leavesOf(text: string): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const inValue = (node: AST.TOMLContentNode, path: Leaf['path'], start: number): void => {
    if (node.type === 'TOMLArray') {
      for (const [index, each] of node.elements.entries()) inValue(each, [...path, index], each.range[0]);
    } else if (node.type === 'TOMLInlineTable') {
      for (const each of node.body) inPair(each, path);
    } else {
      const value = typeof node.value === 'string' || typeof node.value === 'boolean' ? node.value : null;
      leaves.push({ path, value, start, end: node.range[1], valueStart: node.range[0] });
    }
  };
  const inPair = (pair: AST.TOMLKeyValue, path: Leaf['path']): void =>
    inValue(pair.value, [...path, ...pair.key.keys.map(keyText)], pair.range[0]);
  for (const node of parsed(text).body[0].body) {
    if (node.type === 'TOMLKeyValue') inPair(node, []);
    else {
      const [start, end] = node.range;
      const path = node.resolvedKey.map(lower);
      leaves.push({ path, value: null, start, end, valueStart: start });
      for (const pair of node.body) inPair(pair, path);
    }
  }
  return leaves;
}

function parsed(text: string): AST.TOMLProgram {
  try {
    return parseTOML(text);
  } catch (error) {
    if (error instanceof ParseError) throw new NotRead(`It is no TOML: ${error.message}.`, error.index);
    if (error instanceof RangeError) throw new NotRead('It is nested too deeply.');
    throw error;
  }
}

function keyText(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return (key.type === 'TOMLBare' ? key.name : key.value).toLowerCase();
}

function lower(key: string | number): string | number {
  return typeof key === 'string' ? key.toLowerCase() : key;
}
