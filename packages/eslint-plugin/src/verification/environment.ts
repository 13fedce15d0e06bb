import { processSwitch } from '../clients/switches.ts';
import { isEnvironment } from '../source/environment.ts';
import { isExpected } from '../source/expectations.ts';
import { possibleValues } from '../source/known.ts';
import { parentOf, staticKey, unwrapped, type Node } from '../source/node.ts';
import type { SourceFile } from '../source/source-file.ts';

/** A place where the switch of the whole process is set: in `process.env`, in the `env` of a child, in a stub. */
export function* processSwitchedOff(file: SourceFile): Generator<Node, void> {
  for (const { node, target, key } of file.writes) {
    if (key !== processSwitch || !canBeZero(file, node.right)) continue;
    if (isEnvironment(file, target.object) || isEnvLike(target.object)) yield node;
  }
  for (const property of file.properties.get(processSwitch) ?? []) {
    const object = parentOf(property);
    if (object === undefined || isExpected(file, object)) continue;
    if (canBeZero(file, property.value as Node)) yield property;
  }
  for (const call of file.calls) {
    const [name, value] = call.arguments;
    if (name?.type !== 'Literal' || name.value !== processSwitch || value === undefined) continue;
    const callee = unwrapped(call.callee as Node);
    if (callee.type !== 'MemberExpression' || !/^(?:stubEnv|set|setEnv)$/.test(staticKey(callee) ?? ''))
      continue;
    if (value.type !== 'SpreadElement' && canBeZero(file, value)) yield call;
  }
}

/** Node asks whether the text is 0: a number becomes that text, `false` and the empty text do not. */
function canBeZero(file: SourceFile, value: Node): boolean {
  return possibleValues(file, value).some(
    ({ known }) => known.kind === 'value' && (known.value === '0' || known.value === 0),
  );
}

function isEnvLike(given: Node): boolean {
  const node = unwrapped(given);
  const name =
    node.type === 'Identifier' ? node.name : node.type === 'MemberExpression' ? staticKey(node) : '';
  return /env/i.test(name ?? '');
}
