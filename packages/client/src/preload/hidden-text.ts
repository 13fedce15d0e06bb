import { formatPretty, printable, type StyleOptions } from '@altname/core';
import type { Page } from './notebook.ts';
import type { Switch } from './sighting.ts';

/** What is said at exit of a call site where a switch keeps Node from refusing. */
export function hiddenText({ switch: by, diagnosis, connections }: Page, style: StyleOptions): string {
  const { app, cause, target, client } = diagnosis;
  const where = app?.callSite ?? target;
  const how = connections === 1 ? '1 connection' : `${connections} connections`;
  const head = `${switchText[by]} at ${printable(where)} (${printable(app?.library ?? client ?? 'tls')}, ${how})`;
  if (cause === null) return `altname: ${head} hides nothing: Node would have accepted. It can go today.`;
  return [
    '',
    `altname: ${head} hides a fault (verification-disabled-hides).`,
    'With verification on, Node would say this; mend it, and the switch can go:',
    formatPretty(diagnosis, style),
    '',
  ].join('\n');
}

const switchText: Readonly<Record<Switch, string>> = {
  option: 'the option that turns verification off',
  environment: 'NODE_TLS_REJECT_UNAUTHORIZED, which turns verification off,',
  identity: 'a checkServerIdentity that agrees to every certificate',
};
