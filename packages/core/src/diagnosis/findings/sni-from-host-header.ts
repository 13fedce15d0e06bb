import { printable } from '../../names/printable.ts';
import { keepHostHeader } from '../remedies.ts';
import { rule, type FindingRule, type FixDraft } from '../rule.ts';
import { attemptsFor, brings, bringsTrusted } from '../view.ts';

export const sniFromHostHeader: FindingRule = rule({
  code: 'sni-from-host-header',
  title: 'The Host header became the server name',
  find: (view) => {
    const { own, asked, verdict, evidence } = view;
    const { sent, host } = evidence.names;
    if (asked === null || sent.from !== 'host-header' || own.sent === asked.value || verdict !== 'refused')
      return null;
    const other = attemptsFor(view, asked.kind === 'dns' ? 'asked-name' : 'no-server-name')[0];
    return {
      host: host.value ?? own.sent ?? '',
      sent: own.sent ?? '',
      asked: asked.value,
      askedIsName: asked.kind === 'dns',
      proven: other !== undefined && brings(view, other, asked.value),
      trusted: other !== undefined && bringsTrusted(view, other, asked.value),
    };
  },
  severity: ({ proven }) => (proven ? 'error' : 'warning'),
  message: ({ host, sent, asked, proven }) =>
    `The Host header (${printable(host)}) silently became the server name: ${printable(sent)} was sent and checked instead of ${printable(asked)}` +
    (proven ? ', for which the server has a certificate that fits.' : '.'),
  fixes: (view, { asked, askedIsName, trusted }) => {
    const sure = trusted ? 'certain' : 'likely';
    const drop: FixDraft = {
      who: 'client',
      sure,
      title: 'leave the Host header out; the client makes one from the URL (in a proxy: changeOrigin: true)',
    };
    return askedIsName ? [...keepHostHeader(view, asked, sure), drop] : [drop];
  },
});
