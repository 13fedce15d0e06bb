import { findingGroups, type FindingCode } from '../diagnosis/catalogue.ts';
import { causeOrder } from '../diagnosis/cause.ts';
import { findingRules } from '../diagnosis/findings/index.ts';
import type { Fix } from '../diagnosis/diagnosis.ts';
import type { FixDraft } from '../diagnosis/rule.ts';
import type { View } from '../diagnosis/view.ts';
import { readIdentifier } from '../names/identifier.ts';
import { matchName } from '../names/match.ts';
import { printable } from '../names/printable.ts';
import { clientTrace, type ClientWay } from './client-traces.ts';
import type { ExplanationCertainty, PossibleCause } from './explanation.ts';
import { findingNotes } from './finding-notes.ts';
import type { Incident } from './incident.ts';
import { viewOfText } from './text-view.ts';

/** What can be behind a name that does not fit, and what to change where a rule of the catalogue says so. */
export interface NameCauses {
  /** The surest first. */
  readonly causes: readonly PossibleCause[];
  readonly fixes: readonly Fix[];
}

/**
 * What can be behind a name that does not fit, from the words alone.
 *
 * | the text shows                                          | cause                                     |
 * |---------------------------------------------------------|-------------------------------------------|
 * | brackets or a port in the checked name                   | `sni-not-normal`                          |
 * | an IPv6 address called a `Host:`                         | `node-version-hazard`                     |
 * | a checked name that the certificate has, by RFC 9525     | `refused-only-by-this-node`               |
 * | `localhost`, and perhaps another host that was asked for | `checked-defaulted-to-localhost`, `sni-from-host-header` |
 * | an address and an empty list                             | `ip-not-on-certificate`, `ip-as-dns-san`  |
 * | checked and presented names                              | what the rules of the catalogue say of names, and `default-certificate` |
 * | names that have nothing in common                        | also `sni-not-sent`, `search-domain-answered`, `asked-is-alias` |
 */
export function nameCauses(incident: Incident): NameCauses {
  const { checked, presented } = incident;
  const byChecked = checkedCauses(incident);
  const read = checked === null ? 'empty' : readIdentifier(checked);
  if (checked === null || presented === null || typeof read === 'string') {
    return settle([...byChecked, ...namelessCauses(incident)], new Map());
  }
  const view = viewOfText(incident, checked, presented);
  if (view.match?.matches !== true) {
    const { causes, fixes } = ruleCauses(view, incident);
    return settle([...byChecked, ...causes], fixes);
  }
  const why = `By RFC 9525 ${printable(view.match.by.value, 260)} on the certificate fits, and still this Node refused it.`;
  return settle([...byChecked, { code: 'refused-only-by-this-node', sure: 'certain', why }], new Map());
}

/** What a finding needs done by its note, where no evidence makes it more particular. */
export function notedFixes(code: FindingCode | undefined): Fix[] {
  if (code === undefined) return [];
  return findingNotes[code].fixes.map(({ who, title }) => ({
    ...{ who, sure: 'needs-your-values', title, code: null, condition: null, for: code },
  }));
}

/** A name that is not on the certificate is no explanation where there is a better one. */
function settle(
  causes: readonly PossibleCause[],
  fixes: ReadonlyMap<FindingCode, readonly Fix[]>,
): NameCauses {
  // Such a Node says the same of every certificate, so its words prove nothing of this one.
  if (causes.some(({ code }) => code === 'node-version-hazard')) {
    const doubtful = causes.map((each): PossibleCause =>
      each.code === 'node-version-hazard' ? each : { ...each, sure: 'possible' },
    );
    return { causes: bySureness(doubtful), fixes: notedFixes('node-version-hazard') };
  }
  const explained = causes.some(({ code, sure }) => code !== 'name-mismatch' && sure !== 'possible');
  const kept = explained ? causes.filter(({ code }) => code !== 'name-mismatch') : [...causes];
  if (kept.length === 0) {
    const why = 'The text says no more than that the name does not fit.';
    kept.push({ code: 'name-mismatch', sure: 'certain', why });
  }
  const sorted = bySureness(kept);
  const first = sorted[0]?.code;
  return { causes: sorted, fixes: (first === undefined ? undefined : fixes.get(first)) ?? notedFixes(first) };
}

function namelessCauses({ checked, presented, presentedComplete }: Incident): PossibleCause[] {
  if (presented === null || !presentedComplete || presented.dns.length + presented.ip.length > 0) return [];
  if (checked !== null) return [];
  return [
    { code: 'no-names', sure: 'likely', why: 'The certificate has no DNS name that could be compared.' },
  ];
}

/** The surest first, each code once. */
export function bySureness(causes: readonly PossibleCause[]): PossibleCause[] {
  const once = causes.filter(({ code }, index) => causes.findIndex((other) => other.code === code) === index);
  return once.sort((a, b) => order[a.sure] - order[b.sure]);
}

const order: Readonly<Record<ExplanationCertainty, number>> = { certain: 0, likely: 1, possible: 2 };

/** What the checked name itself gives away. */
function checkedCauses(incident: Incident): PossibleCause[] {
  const { checked, asked, checkedAs } = incident;
  if (checked === null) return [];
  const shown = printable(checked, 260);
  const read = readIdentifier(checked);
  if (read === 'brackets' || read === 'port') {
    const what = read === 'port' ? 'a port' : 'the brackets of a URL';
    const why = `The name ${shown} was checked with ${what}, which no certificate has.`;
    return [{ code: 'sni-not-normal', sure: 'certain', why }];
  }
  if (typeof read === 'string') return [];
  if (read.kind === 'ip' && read.value.includes(':') && checkedAs === 'host') {
    const why = `Node took the address ${shown} for a DNS name; Node 22.23.0 to 22.23.3 and 24.17.0 to 24.18.1 do so with every IPv6 address.`;
    return [{ code: 'node-version-hazard', sure: 'certain', why }];
  }
  if (read.value === 'localhost') return localhostCauses(incident);
  const other = asked === null ? 'empty' : readIdentifier(asked);
  if (typeof other === 'string' || other.kind === 'ip' || read.kind === 'ip' || other.value === read.value)
    return [];
  const fits = askedFits(incident);
  const why = `The text speaks of ${printable(other.value, 260)}${fits ? ', which the certificate has' : ''}, but ${shown} was checked; a servername option or a Host header can do that.`;
  return [{ code: 'sni-from-host-header', sure: fits ? 'likely' : 'possible', why }];
}

/** The host that the text speaks of is on the certificate: then the server is the right one, and what was checked is wrong. */
function askedFits({ asked, presented }: Incident): boolean {
  return asked !== null && presented !== null && matchName(asked, presented).matches;
}

function localhostCauses(incident: Incident): PossibleCause[] {
  const { asked, client, presented } = incident;
  const way = wayOf(client);
  const fits = askedFits(incident);
  const elsewhere = asked !== null && !/^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/.test(asked);
  const unasked = elsewhere
    ? `The text speaks of ${printable(asked, 260)}${fits ? ', which the certificate has' : ''}, and nobody asked for localhost.`
    : 'If nobody asked for localhost:';
  const upgrade = `${unasked} Node checks localhost when a client upgrades a socket and says neither servername nor host${way === 'checks-localhost' ? `, as ${client} does for an address` : ''}.`;
  const forwarded = `${unasked} A proxy that forwards the Host header of the browser makes it the server name${way === 'forwards-host' ? `, as ${client} does without changeOrigin` : ''}.`;
  if (way === 'forwards-host') {
    return [{ code: 'sni-from-host-header', sure: elsewhere ? 'certain' : 'likely', why: forwarded }];
  }
  // A server under localhost seldom has a certificate for somebody else's names, but for a tunnel.
  const strangers = presented !== null && presented.dns.some((name) => publicName.test(name));
  const sure = elsewhere || way === 'checks-localhost' || strangers ? 'likely' : 'possible';
  return [
    {
      code: 'checked-defaulted-to-localhost',
      sure: fits && way === 'checks-localhost' ? 'certain' : sure,
      why: upgrade,
    },
    { code: 'sni-from-host-header', sure: 'possible', why: forwarded },
  ];
}

const publicName = /\.(?!local$|localhost$|localdomain$|internal$|default$)[a-z][a-z0-9-]+$/i;

/** The rules that need no more than the names. */
const nameRules: readonly FindingCode[] = [
  'default-certificate',
  ...causeOrder.filter((code) => (findingGroups.names as readonly string[]).includes(code)),
];

function ruleCauses(
  view: View,
  incident: Incident,
): { causes: PossibleCause[]; fixes: Map<FindingCode, Fix[]> } {
  const { presented, presentedComplete } = incident;
  const causes: PossibleCause[] = [];
  const fixes = new Map<FindingCode, Fix[]>();
  for (const code of nameRules) {
    // What the text does not show is not missing from the certificate.
    if (!presentedComplete && (code === 'no-names' || code === 'name-mismatch')) continue;
    const rule = findingRules[code];
    const data = rule.find(view);
    if (data === null) continue;
    causes.push({ code, sure: surenessOf(code, incident), why: rule.message(data) });
    fixes.set(
      code,
      rule.fixes(view, data).map((fix) => asFix(fix, code)),
    );
  }
  if (!presentedComplete && view.reference?.kind === 'ip' && presented?.ip.length === 0) {
    const why = `The empty list also comes when the certificate has DNS:${view.reference.value} in the place of IP:${view.reference.value}.`;
    causes.push({ code: 'ip-as-dns-san', sure: 'possible', why });
  }
  if (causes.length === 0 && !presentedComplete) {
    const why = 'None of the names that the text shows fits; it does not show all of them.';
    causes.push({ code: 'name-mismatch', sure: 'likely', why });
  }
  const strangers = view.mismatches.every(({ label }) => label === null || label < 3);
  if (causes.some(({ code }) => code === 'default-certificate')) causes.push(silentCause(incident));
  else if (strangers && !askedFits(incident) && causes.some(({ code }) => code === 'name-mismatch')) {
    causes.push(silentCause(incident), ...strangerCauses);
  }
  return { causes, fixes };
}

function surenessOf(code: FindingCode, { presented, presentedComplete }: Incident): ExplanationCertainty {
  if (code === 'typo-suspected' || code === 'default-certificate') return 'likely';
  // "is not cert's CN" is said when there is no DNS name; there may still be addresses.
  if (code === 'no-names' && presented?.san === 'absent') return 'likely';
  return presentedComplete || code === 'ip-not-on-certificate' ? 'certain' : 'likely';
}

function silentCause({ client }: Incident): PossibleCause {
  return wayOf(client) === 'sends-no-name'
    ? {
        code: 'sni-not-sent',
        sure: 'likely',
        why: `${client} sends no server name unless it is given one, and the server then presents its default certificate.`,
      }
    : {
        code: 'sni-not-sent',
        sure: 'possible',
        why: 'A client that sends no server name gets the default certificate.',
      };
}

/** Names that have nothing to do with the one that was checked: somebody else may have answered. */
const strangerCauses: readonly PossibleCause[] = [
  {
    code: 'search-domain-answered',
    sure: 'possible',
    why: 'If you do not know these names, somebody else answered: a search domain, a hosts file or a captive portal.',
  },
  {
    code: 'asked-is-alias',
    sure: 'possible',
    why: 'An alias (CNAME) in front of a managed service is not on the certificate of that service.',
  },
];

function wayOf(client: string | null): ClientWay | null {
  return client === null ? null : (clientTrace(client)?.way ?? null);
}

/** A text does not show the port, so code for a client that has one in it would be made up. */
function asFix({ who, sure, title, code, condition }: FixDraft, answered: FindingCode): Fix {
  const shown = who === 'client' ? null : (code ?? null);
  return { who, sure, title, code: shown, condition: condition ?? null, for: answered };
}
