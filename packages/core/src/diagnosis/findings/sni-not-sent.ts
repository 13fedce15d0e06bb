import { printable } from '../../names/printable.ts';
import { clientOf, expectName } from '../remedies.ts';
import { rule, type FindingRule } from '../rule.ts';
import { attemptsFor, brings, bringsTrusted } from '../view.ts';
import { throughTunnel } from './name-mismatch.ts';
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
    const withName = attemptsFor(view, 'asked-name')[0];
    const checked = evidence.names.checked.value;
    return {
      name: asked.value,
      client: evidence.client === null ? null : clientOf(view).title,
      proven: withName !== undefined && brings(view, withName, checked) && !brings(view, own, checked),
      trusted: withName !== undefined && bringsTrusted(view, withName, checked),
      seenInside,
      unrelated: seenInside && hasUnrelatedLeaf(view),
    };
  },
  severity: ({ proven, unrelated }) => (proven || unrelated ? 'error' : 'warning'),
  message: ({ name, client, proven, seenInside, unrelated }) => {
    const sent = `${client ?? 'The client'} sent no server name (SNI), so the server `;
    if (proven)
      return `${sent}presented its default certificate; asked again with ${printable(name)}, it presents one that fits.`;
    if (!seenInside) return `${sent}presented its default certificate.`;
    return `${sent}could not choose a certificate by it${
      unrelated ? `, and presented one that has nothing in common with ${printable(name)}` : ''
    }.`;
  },
  fixes: (view, { name, trusted, proven }) => [
    ...expectName(view, name, trusted ? 'certain' : 'likely'),
    ...(proven ? [] : throughTunnel(view)),
  ],
});
