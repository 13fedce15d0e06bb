import type * as ESTree from 'estree';
import { parentOf, staticKey, unwrapped, type Node } from '../source/node.ts';
import { originOf } from '../source/origin.ts';
import type { Call, SourceFile } from '../source/source-file.ts';
import { usesOf } from '../source/uses.ts';
import { serverName, serverOptions, servers } from './servers.ts';

/** Whether an object has the options of a server: what it says of verification is about certificates of clients. */
export function isOfServer(file: SourceFile, object: Node): boolean {
  if (object.type === 'ObjectExpression' && hasServerOption(object)) return true;
  return usesOf(file, object).some(({ call }) => call !== undefined && isServerCall(file, call));
}

function hasServerOption(object: ESTree.ObjectExpression): boolean {
  return object.properties.some(
    (each) => each.type === 'Property' && serverOptions.has(staticKey(each) ?? ''),
  );
}

function isServerCall(file: SourceFile, call: Call): boolean {
  if (call.callee.type === 'Super') return false;
  const origin = originOf(file, call.callee);
  if (origin !== undefined && servers.has(origin)) return true;
  const callee = unwrapped(call.callee);
  const name =
    callee.type === 'MemberExpression' ? staticKey(callee) : callee.type === 'Identifier' ? callee.name : '';
  return serverName.test(name ?? '');
}

/** The object literal that a property stands in. */
export function objectOf(property: ESTree.Property): Node {
  return parentOf(property) ?? property;
}
