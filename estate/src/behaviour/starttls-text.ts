import type { StartTls } from '@altname/core';
import type { Dialog, Step } from './starttls.ts';

type TextProtocol = Exclude<StartTls, 'postgres' | 'mysql' | 'ldap'>;

/** What a line of the client (or, for XMPP, a tag) is answered with. TLS begins after the rule marked `tls`. */
type Rule = readonly [pattern: RegExp, reply: string, tls?: 'tls'];

/** Protocols of lines: RFC 3207 (SMTP, LMTP), 2595 (POP3), 3501 (IMAP), 4217 (FTP), 5804 (Sieve), 4642 (NNTP), 6120 (XMPP). */
export const textDialogs: Record<TextProtocol, Dialog> = {
  smtp: lines('220 mail.estate.test ESMTP ready\r\n', '500 5.5.2 Command not recognised\r\n', [
    [/^EHLO /i, '250-mail.estate.test\r\n250-SIZE 10240000\r\n250 STARTTLS\r\n'],
    [/^HELO /i, '250 mail.estate.test\r\n'],
    [/^STARTTLS$/i, '220 2.0.0 Ready to start TLS\r\n', 'tls'],
  ]),
  lmtp: lines('220 mail.estate.test LMTP ready\r\n', '500 5.5.2 Command not recognised\r\n', [
    [/^LHLO /i, '250-mail.estate.test\r\n250 STARTTLS\r\n'],
    [/^STARTTLS$/i, '220 2.0.0 Ready to start TLS\r\n', 'tls'],
  ]),
  imap: lines(
    '* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] estate ready\r\n',
    '* BAD Invalid tag\r\n',
    [
      [/^(\S+) CAPABILITY$/i, '* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n$1 OK done\r\n'],
      [/^(\S+) STARTTLS$/i, '$1 OK Begin TLS negotiation now\r\n', 'tls'],
    ],
  ),
  pop3: lines('+OK estate ready\r\n', '-ERR Unknown command\r\n', [
    [/^CAPA$/i, '+OK\r\nSTLS\r\nUSER\r\n.\r\n'],
    [/^STLS$/i, '+OK Begin TLS negotiation now\r\n', 'tls'],
  ]),
  ftp: lines('220 estate FTP ready\r\n', '500 Unknown command\r\n', [
    [/^FEAT$/i, '211-Features\r\n AUTH TLS\r\n PBSZ\r\n211 End\r\n'],
    [/^AUTH TLS$/i, '234 Proceed with negotiation\r\n', 'tls'],
  ]),
  sieve: lines('"IMPLEMENTATION" "estate"\r\n"STARTTLS"\r\nOK "ready"\r\n', 'NO "Unknown command"\r\n', [
    [/^CAPABILITY$/i, '"IMPLEMENTATION" "estate"\r\n"STARTTLS"\r\nOK "done"\r\n'],
    [/^STARTTLS$/i, 'OK "Begin TLS negotiation now"\r\n', 'tls'],
  ]),
  nntp: lines('200 estate ready\r\n', '500 Unknown command\r\n', [
    [/^CAPABILITIES$/i, '101 Capabilities\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n'],
    [/^STARTTLS$/i, '382 Continue with TLS negotiation\r\n', 'tls'],
  ]),
  xmpp: {
    greeting: null,
    step: rules(/^[^>]*>/, '</stream:stream>', [
      [/<\?xml[^>]*>/, ''],
      [
        /<stream:stream[^>]*>/,
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' " +
          "id='estate' from='xmpp.estate.test' version='1.0'><stream:features>" +
          "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>",
      ],
      [/<starttls[^>]*>/, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", 'tls'],
    ]),
  },
};

function lines(greeting: string, otherwise: string, known: readonly Rule[]): Dialog {
  return { greeting, step: rules(/^[^\n]*\n/, otherwise, known) };
}

function rules(unit: RegExp, otherwise: string, known: readonly Rule[]): Step {
  return (octets) => {
    const taken = unit.exec(octets.toString('latin1'))?.[0];
    if (taken === undefined) return null;
    const line = taken.trim();
    for (const [pattern, reply, tls] of known) {
      const match = pattern.exec(line);
      if (match === null) continue;
      const reaction = { taken: taken.length, reply: reply.replaceAll('$1', match[1] ?? '') };
      return tls === undefined ? reaction : { ...reaction, next: tls };
    }
    return { taken: taken.length, reply: otherwise };
  };
}
