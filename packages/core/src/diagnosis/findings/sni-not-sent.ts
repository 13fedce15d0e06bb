import { printable } from '../../names/printable.ts';
import { clientOf, expectName } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { attemptsFor, brings, bringsTrusted, leafOf, sameLeaf } from '../view.ts';
import { certificateOrHost, throughTunnel } from './name-mismatch.ts';
import { silencedByHostHeader } from './sni-from-host-header.ts';
import { hasUnrelatedLeaf } from './unrelated-leaf.ts';

export const sniNotSent: FindingRule = rule({
  code: 'sni-not-sent',
  title: 'The client sends no server name',
  find: (view) => {
    const { asked, own, leaf, verdict, evidence, reference, match, seenInside } = view;
    if (asked?.kind !== 'dns' || own.sent !== null || leaf === null || verdict === 'accepted') return null;
    // Inside a program it is known that a name could have been sent; for an address it could not (RFC 6066 §3).
    const sayable = reference?.kind !== 'ip' && match?.matches === false && !silencedByHostHeader(view);
    if (seenInside && !sayable) return null;
    const withName = attemptsFor(view, 'asked-name').find((attempt) => leafOf(view, attempt) !== null);
    const checked = evidence.names.checked.value;
    return {
      name: asked.value,
      client: evidence.client === null ? null : clientOf(view).title,
      proven: withName !== undefined && brings(view, withName, checked) && !brings(view, own, checked),
      trusted: withName !== undefined && bringsTrusted(view, withName, checked),
      again: withName === undefined ? null : sameLeaf(view, own, withName) ? 'same' : 'another',
      seenInside,
      unrelated: seenInside && hasUnrelatedLeaf(view),
    };
  },
  severity: ({ proven, unrelated }) => (proven || unrelated ? 'error' : 'warning'),
  message: ({ name, client, proven, again, seenInside, unrelated }) => {
    const sent = `${client ?? 'The client'} sent no server name (SNI)`;
    const shown = printable(name);
    if (again === 'same')
      return `${sent}; asked again with ${shown}, the server presents the same certificate.`;
    if (again !== null)
      return `${sent}, so the server presented its default certificate; asked again with ${shown}, it presents one that ${proven ? 'fits' : 'does not fit either'}.`;
    if (!seenInside) return `${sent}, so the server is likely to have presented its default certificate.`;
    return unrelated
      ? `${sent}, so the server could not choose a certificate by it, and presented one that has nothing in common with ${shown}; likely, but not for certain, it has another for that name, with which nobody asked.`
      : `${sent}, so the server could not choose a certificate by it.`;
  },
  fixes: (view, { name, trusted, proven, again, unrelated }) => [
    ...(again === 'same' ? [] : expectName(view, name, trusted ? 'certain' : 'likely')),
    ...(proven ? [] : throughTunnel(view)),
    // One attempt does not tell a server that picks by name from one that has no other certificate.
    ...(unrelated && again === null ? certificateOrHost(view, name) : []),
  ],
});
