import { sharedLabels, type View } from '../view.ts';
import { specificNameRules } from './name-mismatch.ts';
import { noNames } from './no-names.ts';

/**
 * Whether the leaf is about something else altogether than the name that was checked: what a server presents that was
 * not told, or told wrongly, which name it is asked for. A leaf that is nearly right, in any of the ways the catalogue
 * knows, was somebody's choice for this name.
 */
export function hasUnrelatedLeaf(view: View): boolean {
  const { leaf, match, reference, evidence, own } = view;
  if (leaf === null || match?.matches !== false || reference?.kind !== 'dns') return false;
  if (specificNameRules.some((rule) => rule !== noNames && rule.find(view) !== null)) return false;
  const { dns, ip, commonNames } = leaf.names;
  const { address, host } = evidence.names.dialled;
  if (ip.some((each) => each === own.address || each === address || each === host)) return false;
  return ![...dns, ...commonNames].some((name) => related(name, reference.value));
}

/** Two labels in common, or one that is the whole of either: then the certificate is about this name after all. */
export function related(presented: string, name: string): boolean {
  const shared = sharedLabels(presented, name);
  return shared >= 2 || (shared === 1 && (!name.includes('.') || !presented.includes('.')));
}
