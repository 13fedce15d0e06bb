import { printable } from '../../names/printable.ts';
import { rule, type FindingRule, type FixDraft } from '../rule.ts';
import { plainProtocol, protocolTitles, startTlsProtocols } from './plain-protocol.ts';

/** Ports that speak TLS from the first octet, where there is one by convention. */
const implicitPorts: Record<string, number> = { smtp: 465, imap: 993, pop3: 995, ftp: 990, ldap: 636 };

export const starttlsNeeded: FindingRule = rule({
  code: 'starttls-needed',
  severity: 'error',
  title: 'The port begins in plain text and changes to TLS on a command',
  find: (view) => {
    const plain = plainProtocol(view);
    if (plain === null || plain.speaks === null || !startTlsProtocols.has(plain.speaks)) return null;
    const { host, port } = view.evidence.names.dialled;
    return { host, port, speaks: plain.speaks };
  },
  message: ({ host, port, speaks }) =>
    `${printable(host)}:${port} speaks ${protocolTitles[speaks]} in plain text first; TLS begins there only on a command (STARTTLS, or what ${protocolTitles[speaks]} has for it).`,
  fixes: ({ evidence }, { speaks, host, port }) => {
    const implicit = implicitPorts[speaks];
    const check: FixDraft = {
      who: 'client',
      sure: 'certain',
      title: `check it with STARTTLS: altname check --starttls ${speaks} ${printable(host)}:${port}`,
    };
    const change: FixDraft = {
      who: 'client',
      sure: 'likely',
      title:
        implicit === undefined
          ? 'let the client library begin in plain text and ask for TLS; do not wrap the socket yourself'
          : `in the program: STARTTLS on this port (secure: false, requireTLS: true in nodemailer), or port ${implicit}`,
    };
    // A program is there to be changed; a check is there to be made.
    return evidence.app === undefined ? [check, change] : [change, { ...check, sure: 'likely' }];
  },
});
