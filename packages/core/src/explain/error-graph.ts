/** One error inside a thrown value: the value itself, a cause, one of several errors, or a text where an error was due. */
export interface ErrorNode {
  /** An object, or a text. */
  readonly value: unknown;
  /** The error that holds it; null for what was thrown. */
  readonly parent: ErrorNode | null;
  readonly name: string;
  readonly message: string;
  /** Null when it is no text: grpc-js numbers its codes, and others have none. */
  readonly code: string | null;
}

/** Where client libraries keep the error behind an error. `servers` is a Map in mongodb. */
const links = [
  'cause',
  'errors',
  'error',
  'reason',
  'lastNodeError',
  'originalError',
  'original',
  'previousErrors',
  'servers',
  'parent',
  'inner',
  'innerError',
  'driverError',
  'nativeError',
  'lastError',
  'failure',
  'err',
  'details',
] as const;

const mostNodes = 200;
/** Values looked at, errors or not: a proxy can make new ones for ever. */
const mostSeen = 4000;
const mostOfOneList = 50;
const deepest = 16;
/** Characters of one text, and of all messages together. */
const longestText = 64 * 1024;
const mostText = 256 * 1024;

/**
 * Every error inside a thrown value, the outermost first. The value may be anything, and hostile: cycles, endless
 * chains, getters that throw, proxies and huge texts only make the answer shorter. Never throws.
 */
export function readErrorGraph(thrown: unknown): ErrorNode[] {
  const nodes: ErrorNode[] = [];
  const seen = new Set<unknown>();
  let text = mostText;
  let layer: { value: unknown; parent: ErrorNode | null }[] = [{ value: thrown, parent: null }];
  for (let depth = 0; depth < deepest && layer.length > 0; depth++) {
    const next: typeof layer = [];
    for (const { value, parent } of layer) {
      if (nodes.length >= mostNodes || seen.size >= mostSeen || seen.has(value)) continue;
      seen.add(value);
      const items = itemsOf(value);
      if (items !== null) {
        for (const item of items) next.push({ value: item, parent });
        continue;
      }
      if (!isNodeLike(value)) continue;
      const node = readNode(value, parent, text);
      text -= node.message.length;
      nodes.push(node);
      if (typeof value === 'string') continue;
      for (const link of links) next.push({ value: peek(value, link), parent: node });
    }
    layer = next;
  }
  return nodes;
}

/** A property, or undefined when it cannot be had: a getter or a trap threw, or the value has none. */
export function peek(value: unknown, key: string | symbol): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}

/** A property that is a text, cut to a length; null when it is none. */
export function peekText(value: unknown, key: string | symbol, limit: number = longestText): string | null {
  const text = peek(value, key);
  return typeof text === 'string' ? text.slice(0, limit) : null;
}

/** The stack of a node, as far as it is looked at. Made anew by V8 at the first reading, so only where it is needed. */
export function stackOf(node: ErrorNode): string {
  return peekText(node.value, 'stack', 32 * 1024) ?? '';
}

/** The node and those that hold it, from the inside out. */
export function outwards(node: ErrorNode): ErrorNode[] {
  const path: ErrorNode[] = [];
  for (let at: ErrorNode | null = node; at !== null; at = at.parent) path.push(at);
  return path;
}

function isNodeLike(value: unknown): boolean {
  return typeof value === 'string' ? value !== '' : typeof value === 'object' && value !== null;
}

/** The first values of an array or a Map; null for anything else. */
function itemsOf(value: unknown): unknown[] | null {
  const items: unknown[] = [];
  try {
    if (Array.isArray(value)) {
      const length = Math.min(Number(peek(value, 'length')) || 0, mostOfOneList);
      for (let i = 0; i < length; i++) items.push(peek(value, String(i)));
      return items;
    }
    if (!(value instanceof Map)) return null;
    for (const item of Map.prototype.values.call(value)) {
      if (items.push(item) >= mostOfOneList) break;
    }
    return items;
  } catch {
    // A revoked proxy, an object that only inherits from Map, a length that is no number.
    return items;
  }
}

function readNode(value: unknown, parent: ErrorNode | null, room: number): ErrorNode {
  const most = Math.max(0, Math.min(longestText, room));
  if (typeof value === 'string') {
    return { value, parent, name: '', message: value.slice(0, most), code: null };
  }
  return {
    value,
    parent,
    name: peekText(value, 'name', 200) ?? '',
    message: peekText(value, 'message', most) ?? '',
    code: peekText(value, 'code', 200),
  };
}
