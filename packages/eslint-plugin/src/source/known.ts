import { readsEnvironment } from './environment.ts';
import { staticKey, unwrapped, isFunction, type Node } from './node.ts';
import type { SourceFile } from './source-file.ts';
import { later, sourcesOf, type When } from './sources.ts';

/** What is known of a value: the value itself, or only that it is an object, or nothing. */
type Known =
  | { readonly kind: 'value'; readonly value: string | number | bigint | boolean | null | undefined }
  | { readonly kind: 'object' }
  | { readonly kind: 'unknown' };

/** One of the values that an expression can have. */
export interface Possible {
  readonly known: Known;
  readonly when: When;
  /** Where the value stands. */
  readonly node: Node;
}

const object: Known = { kind: 'object' };
const unknown: Known = { kind: 'unknown' };

/** Every value that an expression can have, as far as the file tells. Never empty. */
export function possibleValues(file: SourceFile, node: Node): readonly Possible[] {
  return file.noted(possible, node, [{ known: unknown, when: 'always', node }]);
}

/** Whether an expression is always true, or always false, in a condition; undefined where the file does not tell. */
export function knownTruth(file: SourceFile, node: Node): boolean | undefined {
  const truths = new Set(possibleValues(file, node).map(({ known }) => truthOf(known)));
  const [only] = truths;
  return truths.size === 1 ? only : undefined;
}

/** The texts that an expression is known to be able to be. */
export function possibleTexts(
  file: SourceFile,
  node: Node,
): readonly (Possible & { readonly text: string })[] {
  return possibleValues(file, node).flatMap((each) =>
    each.known.kind === 'value' && typeof each.known.value === 'string'
      ? [{ ...each, text: each.known.value }]
      : [],
  );
}

/** The one text that an expression is, if it is known. */
export function knownText(file: SourceFile, node: Node): string | undefined {
  const [only, ...others] = possibleTexts(file, node);
  return others.length === 0 && possibleValues(file, node).length === 1 ? only?.text : undefined;
}

/**
 * The beginning of a text, as far as it is known: of a template, of a sum, of `new URL('https://…')`. Empty where nothing
 * is known.
 */
export function knownStart(file: SourceFile, given: Node): string {
  return file.noted(start, given, '');
}

function start(file: SourceFile, given: Node): string {
  const starts = sourcesOf(file, given).map(({ node }) => startOf(file, node));
  const [first = ''] = starts;
  return starts.every((each) => each === first) ? first : '';
}

function startOf(file: SourceFile, node: Node): string {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : '';
  if (node.type === 'TemplateLiteral') {
    let text = node.quasis[0]?.value.cooked ?? '';
    for (const [index, each] of node.expressions.entries()) {
      const part = knownText(file, each);
      if (part === undefined) {
        // The start of a part that is not wholly known is still the start where nothing stands before it.
        return text === '' && index === 0 ? knownStart(file, each) : text;
      }
      text += part + (node.quasis[index + 1]?.value.cooked ?? '');
    }
    return text;
  }
  if (node.type === 'BinaryExpression' && node.operator === '+' && node.left.type !== 'PrivateIdentifier') {
    const left = knownText(file, node.left);
    return left === undefined ? knownStart(file, node.left) : left + knownStart(file, node.right);
  }
  if (node.type === 'NewExpression' && node.callee.type === 'Identifier' && node.callee.name === 'URL') {
    const argument = node.arguments.at(-1);
    return argument === undefined || argument.type === 'SpreadElement' ? '' : knownStart(file, argument);
  }
  if (node.type === 'CallExpression' && node.callee.type === 'MemberExpression') {
    const key = staticKey(node.callee);
    if (key === 'toString' && node.callee.object.type !== 'Super')
      return knownStart(file, node.callee.object);
  }
  return '';
}

function possible(file: SourceFile, node: Node): Possible[] {
  const all: Possible[] = [];
  for (const source of sourcesOf(file, node)) {
    for (const each of leaf(file, source.node)) all.push({ ...each, when: later(source.when, each.when) });
  }
  return all;
}

function leaf(file: SourceFile, given: Node): Possible[] {
  const node = unwrapped(given);
  const one = (known: Known): Possible[] => [{ known, when: 'always', node }];
  switch (node.type) {
    case 'Literal':
      return 'regex' in node && node.regex !== undefined ? one(object) : one(value(node.value as string));
    case 'TemplateLiteral': {
      if (node.expressions.length === 0) return one(value(node.quasis[0]?.value.cooked ?? ''));
      let text = node.quasis[0]?.value.cooked ?? '';
      for (const [index, each] of node.expressions.entries()) {
        const part = onlyValue(file, each);
        if (part === undefined) return one(unknown);
        text += String(part.value) + (node.quasis[index + 1]?.value.cooked ?? '');
      }
      return one(value(text));
    }
    case 'Identifier':
      if (file.variableOf(node) !== undefined) return one(unknown);
      return one(node.name === 'undefined' ? value(undefined) : unknown);
    case 'UnaryExpression':
      return ofUnary(file, node);
    case 'BinaryExpression':
      return ofBinary(file, node);
    case 'CallExpression':
      return ofCall(file, node);
    case 'LogicalExpression':
      // Only the left side of `&&` comes here by itself; as a whole it was taken apart before.
      return one(unknown);
    case 'ObjectExpression':
    case 'ArrayExpression':
    case 'NewExpression':
    case 'ClassExpression':
    case 'ClassDeclaration':
      return one(object);
    default:
      return one(isFunction(node) ? object : unknown);
  }
}

function ofUnary(file: SourceFile, node: Node & { type: 'UnaryExpression' }): Possible[] {
  if (node.operator === 'void') return [{ known: value(undefined), when: 'always', node }];
  if (node.operator === '!') {
    return possibleValues(file, node.argument).flatMap((each) => {
      const truth = truthOf(each.known);
      if (truth !== undefined) return [{ known: value(!truth), when: each.when, node }];
      return eitherWay(file, node, node.argument, each.when);
    });
  }
  const operand = onlyValue(file, node.argument);
  if (operand === undefined) return [{ known: unknown, when: 'always', node }];
  if (node.operator === '-') return [{ known: value(-Number(operand.value)), when: 'always', node }];
  if (node.operator === '+') return [{ known: value(Number(operand.value)), when: 'always', node }];
  return [{ known: unknown, when: 'always', node }];
}

const comparisons: ReadonlySet<string> = new Set([
  '===',
  '!==',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  'instanceof',
]);

function ofBinary(file: SourceFile, node: Node & { type: 'BinaryExpression' }): Possible[] {
  if (node.left.type === 'PrivateIdentifier') return [{ known: unknown, when: 'always', node }];
  const left = onlyValue(file, node.left);
  const right = onlyValue(file, node.right);
  if (comparisons.has(node.operator)) {
    if (left !== undefined && right !== undefined) {
      if (node.operator === '===')
        return [{ known: value(left.value === right.value), when: 'always', node }];
      if (node.operator === '!==')
        return [{ known: value(left.value !== right.value), when: 'always', node }];
    }
    return eitherWay(file, node, node, 'always');
  }
  if (node.operator === '+' && left !== undefined && right !== undefined) {
    const sides = [left.value, right.value];
    if (sides.some((each) => typeof each === 'string')) {
      return [{ known: value(sides.map(String).join('')), when: 'always', node }];
    }
  }
  return [{ known: unknown, when: 'always', node }];
}

function ofCall(file: SourceFile, node: Node & { type: 'CallExpression' }): Possible[] {
  const [first] = node.arguments;
  const name = node.callee.type === 'Identifier' ? node.callee.name : '';
  if (
    first === undefined ||
    first.type === 'SpreadElement' ||
    file.variableOf(node.callee as never) !== undefined
  ) {
    return [{ known: unknown, when: 'always', node }];
  }
  if (name === 'Boolean') {
    return possibleValues(file, first).flatMap((each) => {
      const truth = truthOf(each.known);
      if (truth !== undefined) return [{ known: value(truth), when: each.when, node }];
      return eitherWay(file, node, first, each.when);
    });
  }
  const operand = onlyValue(file, first);
  if (operand !== undefined && name === 'String')
    return [{ known: value(String(operand.value)), when: 'always', node }];
  if (operand !== undefined && name === 'Number')
    return [{ known: value(Number(operand.value)), when: 'always', node }];
  const isParse =
    node.callee.type === 'MemberExpression' &&
    staticKey(node.callee) === 'parse' &&
    node.callee.object.type === 'Identifier' &&
    node.callee.object.name === 'JSON';
  if (isParse && operand !== undefined && /^(?:true|false|null|-?\d+)$/.test(String(operand.value))) {
    return [{ known: value(JSON.parse(String(operand.value)) as boolean), when: 'always', node }];
  }
  return [{ known: unknown, when: 'always', node }];
}

/** A boolean of which the file does not tell which one it is. */
function eitherWay(file: SourceFile, node: Node, asked: Node, when: When): Possible[] {
  const on = later(when, readsEnvironment(file, asked) ? 'environment' : 'condition');
  return [
    { known: value(true), when: on, node },
    { known: value(false), when: on, node },
  ];
}

function onlyValue(file: SourceFile, node: Node): { readonly value: unknown } | undefined {
  const all = possibleValues(file, node);
  const [only] = all;
  return all.length === 1 && only?.known.kind === 'value' ? only.known : undefined;
}

function value(of: string | number | bigint | boolean | null | undefined): Known {
  return { kind: 'value', value: of };
}

function truthOf(known: Known): boolean | undefined {
  if (known.kind === 'unknown') return undefined;
  return known.kind === 'object' || Boolean(known.value);
}
