import type { FindingCode } from '../diagnosis/catalogue.ts';
import { readIdentifier, type Identifier } from '../names/identifier.ts';
import { matchName } from '../names/match.ts';
import { matchesWithoutDot, type Mismatch } from '../names/mismatch.ts';
import { foldAscii, type PresentedNames } from '../names/presented.ts';
import { printable } from '../names/printable.ts';
import { clientTrace } from './client-traces.ts';
import { whoseDefault } from './default-certificates.ts';
import type { ExplanationCertainty, PossibleCause } from './explanation.ts';
import type { Incident } from './incident.ts';

/**
 * What can be behind a name that does not fit, from the words alone, the surest first.
 *
 * | the text shows                                         | cause                                     |
 * |--------------------------------------------------------|-------------------------------------------|
 * | an IPv6 address called a `Host:`                        | `node-version-hazard`                     |
 * | a checked name that the certificate has, by RFC 9525    | `refused-only-by-this-node`               |
 * | `localhost`, and another host that was asked for        | `checked-defaulted-to-localhost`, or `sni-from-host-header` behind a proxy |
 * | names that a product serves by default                  | `default-certificate`, `sni-not-sent`     |
 * | an address and no address on the certificate            | `ip-not-on-certificate`, `ip-as-dns-san`  |
 * | no DNS name at all, perhaps a CN                        | `no-names`                                |
 * | names that share labels                                 | the wildcard findings, `www-or-apex`, `typo-suspected` |
 * | names that share nothing                                | `name-mismatch`, `default-certificate`, `search-domain-answered` |
 */
export function nameCauses(incident: Incident): PossibleCause[] {
  const causes = [...checkedCauses(incident), ...presentedCauses(incident)];
  if (causes.length === 0) {
    causes.push(cause('name-mismatch', 'certain', 'The text says no more than that the name does not fit.'));
  }
  const unique = causes.filter(
    ({ code }, index) => causes.findIndex((other) => other.code === code) === index,
  );
  return unique.sort((a, b) => order[a.sure] - order[b.sure]);
}

const order: Readonly<Record<ExplanationCertainty, number>> = { certain: 0, likely: 1, possible: 2 };

function cause(code: FindingCode, sure: ExplanationCertainty, why: string): PossibleCause {
  return { code, sure, why };
}

/** What the checked name itself gives away. */
function checkedCauses(incident: Incident): PossibleCause[] {
  const { checked, asked, checkedAs } = incident;
  if (checked === null) return [];
  const shown = printable(checked, 260);
  const read = readIdentifier(checked);
  if (read === 'brackets' || read === 'port') {
    const what = read === 'port' ? 'a port' : 'the brackets of a URL';
    return [
      cause(
        'sni-not-normal',
        'certain',
        `The name ${shown} was checked with ${what}; no certificate has that.`,
      ),
    ];
  }
  if (typeof read === 'string') return [];
  if (read.kind === 'ip' && read.value.includes(':') && checkedAs === 'host') {
    const why = `Node took the address ${shown} for a DNS name. Node 22.23.0 to 22.23.3 and 24.17.0 to 24.18.1 do so with every IPv6 address.`;
    return [cause('node-version-hazard', 'certain', why)];
  }
  if (read.value === 'localhost') return localhostCauses(incident);
  const other = asked === null ? null : readIdentifier(asked);
  if (other === null || typeof other === 'string' || other.value === read.value) return [];
  if (read.kind === 'ip' || other.kind === 'ip') return [];
  const why = `The text speaks of ${printable(asked ?? '', 260)}, but ${shown} was checked: a servername option or a Host header can do that.`;
  return [cause('sni-from-host-header', 'possible', why)];
}

function localhostCauses({ asked, client }: Incident): PossibleCause[] {
  const way = client === null ? null : (clientTrace(client)?.way ?? null);
  const loopback = asked !== null && /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/.test(asked);
  const elsewhere = asked !== null && !loopback;
  const unasked = elsewhere
    ? `The text speaks of ${printable(asked, 260)}, and nobody asked for localhost.`
    : 'If nobody asked for localhost:';
  const upgrade = `${unasked} Node checks localhost when a client upgrades a socket and names neither servername nor host${way === 'checks-localhost' ? `, as ${client} does for an address` : ''}.`;
  const forwarded = `${unasked} A proxy that forwards the Host header of the browser makes it the server name${way === 'forwards-host' ? `, as ${client} does without changeOrigin` : ''}.`;
  if (way === 'forwards-host') {
    return [cause('sni-from-host-header', elsewhere ? 'certain' : 'likely', forwarded)];
  }
  return [
    cause(
      'checked-defaulted-to-localhost',
      elsewhere || way === 'checks-localhost' ? 'likely' : 'possible',
      upgrade,
    ),
    cause('sni-from-host-header', 'possible', forwarded),
  ];
}

/** What the presented names give away, together with the checked one. */
function presentedCauses(incident: Incident): PossibleCause[] {
  const { checked, presented, client } = incident;
  if (presented === null) return [];
  const causes: PossibleCause[] = [];
  const names = [...presented.dns, ...presented.commonNames];
  const usual = whoseDefault(names);
  if (usual !== null) {
    const sends = client !== null && clientTrace(client)?.way === 'sends-no-name';
    causes.push(
      cause(
        'default-certificate',
        'likely',
        `${printable(usual.name)} is what ${usual.served} serves when it gets no server name, or one it does not know.`,
      ),
      cause(
        'sni-not-sent',
        sends ? 'likely' : 'possible',
        sends
          ? `${client} sends no server name unless it is given one.`
          : 'A client that sends no server name gets the default certificate.',
      ),
    );
  }
  const identifier = checked === null ? 'empty' : readIdentifier(checked);
  if (typeof identifier !== 'string') {
    causes.push(
      ...(identifier.kind === 'ip'
        ? addressCauses(identifier, incident, presented)
        : dnsCauses(identifier, presented, usual !== null)),
    );
  } else if (presented.dns.length + presented.ip.length === 0) {
    causes.push(noNames(presented));
  }
  return causes;
}

function addressCauses(address: Identifier, incident: Incident, presented: PresentedNames): PossibleCause[] {
  const known = incident.presentedComplete;
  if (matchName(address, presented).matches) {
    return incident.checkedAs === 'host'
      ? []
      : [
          cause(
            'refused-only-by-this-node',
            'certain',
            `${address.value} is an address on the certificate, and still this Node refused it.`,
          ),
        ];
  }
  const asDns = presented.dns.some((name) => name === address.value);
  const causes: PossibleCause[] = [];
  if (asDns) {
    const why = `The certificate has ${address.value} as a DNS name (DNS:${address.value}), which never matches an address; it has to be IP:${address.value}.`;
    causes.push(cause('ip-as-dns-san', 'certain', why));
  } else if (presented.ip.length > 0) {
    const why = `The certificate has ${presented.ip.length === 1 ? 'one address' : `${presented.ip.length} addresses`}, and ${address.value} is not among them.`;
    causes.push(cause('ip-not-on-certificate', 'certain', why));
  } else {
    causes.push(
      cause(
        'ip-not-on-certificate',
        'certain',
        'The certificate has no address at all, only DNS names, or none.',
      ),
    );
    if (!known) {
      const why = `The empty list also comes when the certificate has DNS:${address.value} where it should have IP:${address.value}.`;
      causes.push(cause('ip-as-dns-san', 'possible', why));
    }
  }
  return causes;
}

function dnsCauses(name: Identifier, presented: PresentedNames, usual: boolean): PossibleCause[] {
  if (presented.dns.length === 0) {
    const cn = presented.commonNames.find((each) => foldAscii(each) === name.value);
    if (cn !== undefined)
      return [
        cause(
          'name-only-in-cn',
          'certain',
          `${name.value} is only the common name (CN), which does not count.`,
        ),
      ];
    return presented.ip.length > 0
      ? [cause('no-names', 'certain', 'The certificate has addresses and no DNS name.')]
      : [noNames(presented)];
  }
  const match = matchName(name, presented);
  if (match.matches) {
    const why = `By RFC 9525 the name ${printable(match.by.value, 260)} on the certificate fits, and still this Node refused it.`;
    return [cause('refused-only-by-this-node', 'certain', why)];
  }
  const near = match.mismatches
    .map((mismatch) => nearCause(name.value, mismatch))
    .filter((each) => each !== null);
  if (near.length > 0) return near.slice(0, 3);
  const shared = match.mismatches.some(({ label }) => label !== null && label >= 3);
  const causes = [
    cause(
      'name-mismatch',
      'certain',
      shared ? 'The names share only their ends.' : 'The certificate is for other names altogether.',
    ),
  ];
  if (!shared && !usual) {
    causes.push(
      cause(
        'default-certificate',
        'possible',
        'A server that does not know the server name, or got none, answers with its default certificate.',
      ),
      cause(
        'search-domain-answered',
        'possible',
        'If you do not know these names, somebody else answered: a search domain, a hosts file or a captive portal.',
      ),
      cause(
        'asked-is-alias',
        'possible',
        'An alias (CNAME) in front of a managed service is not on the certificate of that service.',
      ),
    );
  }
  return causes;
}

function nearCause(checked: string, { presented, label, reason }: Mismatch): PossibleCause | null {
  const given = foldAscii(presented.value);
  const shown = printable(presented.value, 260);
  const parent = (text: string): string => text.slice(text.indexOf('.') + 1);
  switch (reason) {
    case 'wildcard-depth':
      return cause('wildcard-depth', 'certain', `${shown} covers one level, and ${checked} is deeper.`);
    case 'wildcard-apex':
      return cause('wildcard-apex', 'certain', `${shown} does not cover ${checked} itself.`);
    case 'wildcard-partial':
    case 'wildcard-misplaced':
      return parent(given) === parent(checked)
        ? cause(
            'wildcard-partial',
            'likely',
            `In ${shown} the * is not a whole label, so it counts for nothing.`,
          )
        : null;
    case 'wildcard-too-broad':
      return given === '*' || parent(given) === parent(checked)
        ? cause('wildcard-too-broad', 'certain', `${shown} is too broad; it never matches.`)
        : null;
    case 'trailing-dot':
      return matchesWithoutDot(given, checked)
        ? cause('presented-trailing-dot', 'certain', `On the certificate the name ends in a dot (${shown}).`)
        : null;
    case 'not-ascii':
      return cause(
        'presented-not-ascii',
        'possible',
        `${shown} is not ASCII; a certificate has to carry the A-label (xn--…).`,
      );
    case 'label-differs':
    case 'presented-longer':
    case 'presented-shorter':
      return siblingCause(checked, given, shown, label ?? 0);
    default:
      return null;
  }
}

function siblingCause(checked: string, given: string, shown: string, label: number): PossibleCause | null {
  if (given === `www.${checked}` || checked === `www.${given}`) {
    return cause(
      'www-or-apex',
      'certain',
      `The certificate has ${shown}: the same name ${given.length > checked.length ? 'with' : 'without'} www.`,
    );
  }
  if (given.startsWith(`${checked}.`)) {
    return cause('name-mismatch', 'certain', `The certificate has the longer form ${shown}.`);
  }
  const ours = checked.split('.');
  const theirs = given.split('.');
  if (ours.length !== theirs.length || ours.length < 2) return null;
  const different = ours.filter((each, index) => each !== theirs[index]);
  if (different.length !== 1) return null;
  const a = ours.at(-label) ?? '';
  const b = theirs.at(-label) ?? '';
  return isTypo(a, b)
    ? cause('typo-suspected', 'likely', `${shown} differs by a slip of the keyboard.`)
    : null;
}

/** One letter more, less, other, or two changed about, in labels long enough for that to be no accident. */
function isTypo(a: string, b: string): boolean {
  if (Math.min(a.length, b.length) < 4 || Math.abs(a.length - b.length) > 1) return false;
  let left = 0;
  while (left < a.length && a[left] === b[left]) left++;
  let right = 0;
  while (right < Math.min(a.length, b.length) - left && a.at(-1 - right) === b.at(-1 - right)) right++;
  const restA = a.slice(left, a.length - right);
  const restB = b.slice(left, b.length - right);
  if (/^\d*$/.test(restA) && /^\d*$/.test(restB)) return false;
  if (restA.length <= 1 && restB.length <= 1) return true;
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0];
}

function noNames(presented: PresentedNames): PossibleCause {
  const cn = presented.commonNames[0];
  const why =
    cn === undefined
      ? 'The certificate has no DNS name, and no common name either.'
      : `The certificate has no DNS name, only the common name (CN) ${printable(cn)}, which is not the name that was checked.`;
  return cause('no-names', 'certain', why);
}
