import type { Scope, SourceCode } from 'eslint';
import type * as ESTree from 'estree';
import { staticKey, type Node } from './node.ts';

/** How far names, calls and members are followed. */
const depthLimit = 80;

export type Call = ESTree.SimpleCallExpression | ESTree.NewExpression;

/** A write to a member: `options.servername = name`. */
export interface MemberWrite {
  readonly node: ESTree.AssignmentExpression;
  readonly target: ESTree.MemberExpression;
  readonly key: string;
}

/**
 * What the rules ask of a file, read in one walk when the first of them asks. All rules share it: a file without any of
 * their words is never walked.
 */
export class SourceFile {
  readonly code: SourceCode;
  /** Properties of object literals, by name. */
  readonly properties: ReadonlyMap<string, readonly ESTree.Property[]>;
  readonly writes: readonly MemberWrite[];
  readonly calls: readonly Call[];
  readonly tagged: readonly ESTree.TaggedTemplateExpression[];
  /** Texts with a value: literals and templates. */
  readonly texts: readonly (ESTree.Literal | ESTree.TemplateLiteral)[];
  /** `a === b`, `a in b` and the like. */
  readonly comparisons: readonly ESTree.BinaryExpression[];
  /** What is deleted: `delete headers.host`. */
  readonly deleted: readonly ESTree.MemberExpression[];
  /** Members of `this`. */
  readonly members: readonly ESTree.MemberExpression[];

  readonly #variables = new Map<Node, Scope.Variable>();
  readonly #notes = new Map<object, Map<Node, unknown>>();
  #depth = 0;

  static of(code: SourceCode): SourceFile {
    let file = files.get(code);
    if (file === undefined) {
      file = new SourceFile(code);
      files.set(code, file);
    }
    return file;
  }

  private constructor(code: SourceCode) {
    this.code = code;
    const properties = new Map<string, ESTree.Property[]>();
    const writes: MemberWrite[] = [];
    const calls: Call[] = [];
    const tagged: ESTree.TaggedTemplateExpression[] = [];
    const texts: (ESTree.Literal | ESTree.TemplateLiteral)[] = [];
    const members: ESTree.MemberExpression[] = [];
    const deleted: ESTree.MemberExpression[] = [];
    const comparisons: ESTree.BinaryExpression[] = [];
    const open: Node[] = [code.ast as Node];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      pushBelow(node, code.visitorKeys, open);
      switch (node.type) {
        case 'ObjectExpression':
          for (const property of node.properties) {
            const key = property.type === 'Property' ? staticKey(property) : undefined;
            if (key === undefined || property.type !== 'Property') continue;
            const same = properties.get(key);
            if (same === undefined) properties.set(key, [property]);
            else same.push(property);
          }
          break;
        case 'AssignmentExpression':
          if (node.left.type === 'MemberExpression') {
            const key = staticKey(node.left);
            if (key !== undefined) writes.push({ node, target: node.left, key });
          }
          break;
        case 'CallExpression':
        case 'NewExpression':
          calls.push(node);
          break;
        case 'TaggedTemplateExpression':
          tagged.push(node);
          break;
        case 'Literal':
          if (typeof node.value === 'string') texts.push(node);
          break;
        case 'TemplateLiteral':
          texts.push(node);
          break;
        case 'UnaryExpression':
          if (node.operator === 'delete' && node.argument.type === 'MemberExpression')
            deleted.push(node.argument);
          break;
        case 'BinaryExpression':
          if (/^(?:[!=]==?|in)$/.test(node.operator)) comparisons.push(node);
          break;
        case 'MemberExpression':
          if (node.object.type === 'ThisExpression') members.push(node);
          break;
        default:
      }
    }
    this.properties = properties;
    this.writes = writes;
    this.calls = calls;
    this.tagged = tagged;
    this.texts = texts;
    this.members = members;
    this.comparisons = comparisons;
    this.deleted = deleted;
    for (const scope of code.scopeManager.scopes) {
      for (const { identifier, resolved } of scope.references) {
        if (resolved !== null) this.#variables.set(identifier as Node, resolved);
      }
    }
  }

  /** What an identifier is bound to; nothing for a global that the file does not declare. */
  variableOf(identifier: ESTree.Identifier): Scope.Variable | undefined {
    const variable = this.#variables.get(identifier);
    return variable === undefined || variable.defs.length === 0 ? undefined : variable;
  }

  textOf(node: Node): string {
    return this.code.getText(node);
  }

  /**
   * What `make` says of the node, made once. `meanwhile` is the answer where the question comes back to itself, and where
   * it goes deeper than code that people write.
   */
  noted<T>(make: (file: SourceFile, node: Node) => T, node: Node, meanwhile: T): T {
    let notes = this.#notes.get(make);
    if (notes === undefined) this.#notes.set(make, (notes = new Map()));
    if (notes.has(node)) return notes.get(node) as T;
    if (this.#depth >= depthLimit) return meanwhile;
    notes.set(node, meanwhile);
    this.#depth += 1;
    try {
      const value = make(this, node);
      notes.set(node, value);
      return value;
    } finally {
      this.#depth -= 1;
    }
  }
}

const files = new WeakMap<SourceCode, SourceFile>();

/** All nodes from this one down, in no order that matters. */
export function* nodesBelow(root: Node, keys: SourceCode.VisitorKeys): Generator<Node, void> {
  const open: Node[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    yield node;
    pushBelow(node, keys, open);
  }
}

function pushBelow(node: Node, keys: SourceCode.VisitorKeys, open: Node[]): void {
  for (const key of keys[node.type] ?? []) {
    const child = (node as unknown as Record<string, Node | null | (Node | null)[] | undefined>)[key];
    if (Array.isArray(child)) {
      for (const each of child) if (each !== null) open.push(each);
    } else if (child !== null && child !== undefined) {
      open.push(child);
    }
  }
}
