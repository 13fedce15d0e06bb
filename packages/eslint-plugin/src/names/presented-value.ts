import type * as ESTree from 'estree';
import {
  isFunction,
  parentOf,
  staticKey,
  unwrapped,
  usedBy,
  type FunctionNode,
  type Node,
} from '../source/node.ts';
import { pathOf } from '../source/paths.ts';
import type { SourceFile } from '../source/source-file.ts';
import { sourcesOf } from '../source/sources.ts';

/** Members of a certificate, or of an error about one, that have names the server presented. */
const ofCertificate = /^(?:subject|subjectaltname|subjectAltName|CN)$/;
const ofError = /^(?:reason|message|cert|stack)$/;

/** Whether a value is a name that the peer presented: in its certificate, or in an error that tells of it. */
export function presentedValue(file: SourceFile, given: Node): boolean {
  const node = unwrapped(given);
  if (node.type === 'MemberExpression') {
    const key = staticKey(node) ?? '';
    if (ofCertificate.test(key) && isCertificate(file, node.object as Node)) return true;
    return ofError.test(key) && key !== 'cert' && isError(file, node.object as Node);
  }
  if (node.type !== 'Identifier') return false;
  const [definition] = file.variableOf(node)?.defs ?? [];
  if (definition?.type !== 'Variable') return false;
  const { id, init } = definition.node as ESTree.VariableDeclarator;
  if (id.type !== 'ObjectPattern' || init === null || init === undefined) return false;
  const keys = id.properties.map((each) => (each.type === 'Property' ? (staticKey(each) ?? '') : ''));
  return keys.some((key) => ofCertificate.test(key)) && isCertificate(file, init);
}

/** What `getPeerCertificate()` gives, the second parameter of a check, `error.cert`, and the subject of these. */
function isCertificate(file: SourceFile, given: Node): boolean {
  const node = unwrapped(given);
  return sourcesOf(file, node).some(({ node: source }) => {
    if (source.type === 'CallExpression' && source.callee.type === 'MemberExpression') {
      return /^getPeer(?:X509)?Certificate$/.test(staticKey(source.callee) ?? '');
    }
    if (source.type === 'MemberExpression') {
      const key = staticKey(source) ?? '';
      if (key === 'subject') return isCertificate(file, source.object as Node);
      return key === 'cert' && isError(file, source.object as Node);
    }
    return source.type === 'Identifier' && isCheckedCertificate(file, source);
  });
}

/** `checkServerIdentity(host, certificate)`: the certificate. */
function isCheckedCertificate(file: SourceFile, identifier: ESTree.Identifier): boolean {
  const [definition] = file.variableOf(identifier)?.defs ?? [];
  if (definition?.type !== 'Parameter') return false;
  const owner = definition.node as Node;
  return isFunction(owner) && owner.params[1] === definition.name && isIdentityCheck(owner);
}

function isIdentityCheck(owner: FunctionNode): boolean {
  const { parent } = usedBy(owner);
  if (parent?.type === 'Property') return staticKey(parent) === 'checkServerIdentity';
  if (parent?.type === 'AssignmentExpression' && parent.left.type === 'MemberExpression') {
    return staticKey(parent.left) === 'checkServerIdentity';
  }
  if (parent?.type === 'VariableDeclarator')
    return parent.id.type === 'Identifier' && /identity/i.test(parent.id.name);
  return owner.type === 'FunctionDeclaration' && /identity/i.test(owner.id?.name ?? '');
}

/** What is caught, and what a handler of errors is given. */
function isError(file: SourceFile, given: Node): boolean {
  const path = pathOf(file, given);
  if (path !== undefined && path.keys.some((key) => key !== 'cause')) return false;
  const node = rootOf(unwrapped(given));
  if (node?.type !== 'Identifier') return false;
  const [definition] = file.variableOf(node)?.defs ?? [];
  if (definition?.type === 'CatchClause') return true;
  if (definition?.type !== 'Parameter') return false;
  const owner = definition.node as Node;
  if (!isFunction(owner) || owner.params[0] !== definition.name) return false;
  const parent = parentOf(owner);
  if (parent?.type !== 'CallExpression' || parent.callee.type !== 'MemberExpression') return false;
  const key = staticKey(parent.callee) ?? '';
  if (key === 'catch') return true;
  const [first] = parent.arguments;
  return /^(?:on|once)$/.test(key) && first?.type === 'Literal' && first.value === 'error';
}

function rootOf(given: Node): Node | undefined {
  let node: Node = unwrapped(given);
  while (node.type === 'MemberExpression' && node.object.type !== 'Super') node = unwrapped(node.object);
  return node;
}
