import { hostOfHeader } from '../../names/host-header.ts';
import { readIdentifier } from '../../names/identifier.ts';
import { printable } from '../../names/printable.ts';
import { clientOf, expectName, keepHostHeader } from '../remedies.ts';
import { rule, type FindingRule, type FixDraft } from '../rule.ts';
import { attemptsFor, brings, bringsTrusted, turnedAwayByName, type View } from '../view.ts';
import { hasUnrelatedLeaf } from './unrelated-leaf.ts';

export const sniFromHostHeader: FindingRule = rule({
  code: 'sni-from-host-header',
  title: 'The Host header became the server name',
  find: (view) => {
    const { own, asked, verdict, evidence } = view;
    const { sent, host } = evidence.names;
    const silenced = silencedByHostHeader(view);
    const replaced = sent.from === 'host-header' && own.sent !== asked?.value;
    if (asked === null || verdict !== 'refused' || !(replaced || silenced)) return null;
    const other = attemptsFor(view, asked.kind === 'dns' ? 'asked-name' : 'no-server-name')[0];
    const answers = [...(other === undefined ? [] : [other]), ...(silenced ? [] : [own])];
    return {
      host: host.value ?? own.sent ?? '',
      sent: own.sent ?? '',
      asked: asked.value,
      askedIsName: asked.kind === 'dns',
      silenced,
      proven: answers.some((attempt) => brings(view, attempt, asked.value)),
      trusted: answers.some((attempt) => bringsTrusted(view, attempt, asked.value)),
      wrongAnswer: view.seenInside && answersTheHeader(view, silenced),
    };
  },
  severity: ({ proven, wrongAnswer, silenced }) =>
    (proven && !silenced) || wrongAnswer ? 'error' : 'warning',
  message: ({ host, sent, asked, proven, silenced }) =>
    silenced
      ? `The Host header (${printable(host)}) silently took the place of ${printable(asked)}, and since it is an address, no server name was sent by which the server could choose its certificate.`
      : `The Host header (${printable(host)}) silently became the server name: ${printable(sent)} was sent and checked instead of ${printable(asked)}` +
        (proven ? ', for which the server has a certificate that fits.' : '.'),
  fixes: (view, { asked, askedIsName, trusted }) => {
    const sure = trusted ? 'certain' : 'likely';
    if (isReverseProxy(view)) return ofReverseProxy(view, asked, sure);
    const drop: FixDraft = {
      who: 'client',
      sure,
      title: 'leave the Host header out; the client makes one from the URL (in a proxy: changeOrigin: true)',
    };
    return askedIsName ? [...keepHostHeader(view, asked, sure), drop] : [drop];
  },
});

/**
 * An address in the Host header: Node's agent sends no server name then, although the host that was asked for has one,
 * and that one is still what is checked. Seen only inside the program; from outside it looks like any client that
 * sends none.
 */
export function silencedByHostHeader({ seenInside, own, asked, evidence }: View): boolean {
  const { host } = evidence.names;
  if (!seenInside || own.sent !== null || asked?.kind !== 'dns' || host.from !== 'host-header') return false;
  const read = readIdentifier(hostOfHeader(host.value ?? ''));
  return typeof read !== 'string' && read.kind === 'ip';
}

/** What came back is no answer to what was asked for, but to what the header put in its place. */
function answersTheHeader(view: View, silenced: boolean): boolean {
  if (turnedAwayByName(view)) return true;
  return silenced ? hasUnrelatedLeaf(view) : view.match?.matches === false;
}

/** They pass on the Host header of every client, so that there is no header to be left out. */
function isReverseProxy({ evidence: { client } }: View): boolean {
  return client === 'http-proxy' || client === 'httpxy';
}

function ofReverseProxy(view: View, asked: string, sure: FixDraft['sure']): readonly FixDraft[] {
  const [own] = expectName(view, asked, sure);
  const { title } = clientOf(view);
  const change: FixDraft = {
    ...(own ?? { who: 'client', sure }),
    title: `set changeOrigin: true, so that ${title} sends the host of its target instead of its client's`,
  };
  return own === undefined ? [change] : [change, ...keepHostHeader(view, asked, sure)];
}
