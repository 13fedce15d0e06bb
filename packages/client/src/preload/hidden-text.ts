import { formatLine, formatPretty, printable, type StyleOptions } from '@altname/core';
import type { Page } from './notebook.ts';
import type { Switch } from './sighting.ts';

/** What is said at exit of a call site where a switch keeps Node from refusing. */
export function hiddenText(page: Page, style: StyleOptions): string {
  const { diagnosis } = page;
  if (diagnosis.verdict === 'accepted') return hiddenLine(page, style);
  return [
    '',
    `altname: ${headOf(page)} hides a fault (verification-disabled-hides).`,
    'With verification on, Node would say this; mend it, and the switch can go:',
    formatPretty(diagnosis, style),
    '',
  ].join('\n');
}

/** The same in one line. */
export function hiddenLine(page: Page, style: StyleOptions): string {
  const head = `altname: ${headOf(page)}`;
  return page.diagnosis.verdict === 'accepted'
    ? `${head} hides nothing: Node would have accepted. It can go today.`
    : `${head} hides a fault: ${formatLine(page.diagnosis, style)}`;
}

function headOf({ switch: by, diagnosis, connections }: Page): string {
  const { app, target, client } = diagnosis;
  const how = connections === 1 ? '1 connection' : `${connections} connections`;
  const library = printable(app?.library ?? client ?? 'tls');
  return `${switchText[by]} at ${printable(app?.callSite ?? target)} (${library}, ${how})`;
}

const switchText: Readonly<Record<Switch, string>> = {
  option: 'the option that turns verification off',
  environment: 'NODE_TLS_REJECT_UNAUTHORIZED, which turns verification off,',
  identity: 'a checkServerIdentity that agrees to every certificate',
};
