import type * as ESTree from 'estree';
import { isAboutTls, isWrittenToTls } from '../clients/about-tls.ts';
import { isOfServer, objectOf } from '../clients/server-side.ts';
import { isExpected } from '../source/expectations.ts';
import type { Node } from '../source/node.ts';
import { originOf } from '../source/origin.ts';
import type { SourceFile } from '../source/source-file.ts';
import { usesOf } from '../source/uses.ts';

/** A server name that the file gives to a client. */
export interface GivenName {
  /** The property, or the assignment. */
  readonly node: Node;
  readonly value: Node;
  readonly key: string;
  /** The property, where it stands in an object literal. */
  readonly property: ESTree.Property | undefined;
}

/** Every server name that the file gives, whatever it is made of. */
export function givenNames(file: SourceFile): readonly GivenName[] {
  return file.noted(fresh, file.code.ast as Node, []);
}

/** Keys that some clients alone have, and other programs use for something else. */
const special: Readonly<Record<string, RegExp>> = {
  serverName: /^(?:got|tedious)(?:[./(]|$)/,
};

const plain = ['servername', 'grpc.ssl_target_name_override'];

function fresh(file: SourceFile): GivenName[] {
  const found: GivenName[] = [];
  for (const key of [...plain, ...Object.keys(special)]) {
    for (const property of file.properties.get(key) ?? []) {
      const object = objectOf(property);
      const isClient =
        key in special
          ? goesTo(file, object, special[key])
          : key !== 'servername' || isAboutTls(file, object);
      if (!isClient || isOfServer(file, object) || isExpected(file, object)) continue;
      found.push({ node: property, value: property.value as Node, key, property });
    }
  }
  for (const { node, target, key } of file.writes) {
    if (key !== 'servername' || target.object.type === 'Super' || !isWrittenToTls(file, target.object))
      continue;
    found.push({ node, value: node.right, key, property: undefined });
  }
  return found;
}

function goesTo(file: SourceFile, object: Node, clients: RegExp | undefined): boolean {
  return usesOf(file, object).some(
    ({ call }) =>
      call !== undefined &&
      call.callee.type !== 'Super' &&
      clients?.test(originOf(file, call.callee) ?? '') === true,
  );
}
