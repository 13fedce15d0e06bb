import { alert } from '../behaviour/alert.ts';
import { closeAfterHello, closeAtOnce, resetAfterHello } from '../behaviour/hang-up.ts';
import { cutAfter } from '../behaviour/metered.ts';
import { plainHttp } from '../behaviour/plain-http.ts';
import { silent } from '../behaviour/silence.ts';
import { banner, plainText, sshBanner } from '../behaviour/starttls.ts';
import {
  always,
  behindStartTls,
  plain,
  refused,
  unreachable,
  type ServerDeclaration,
  type ServerGroup,
} from '../server.ts';
import type { StartTls } from '@altname/core';
import type { CertificateSpec } from '../world.ts';

const www: CertificateSpec = { by: 'issuing', names: ['www.shop.test'] };

/** It never came to a certificate. */
export const transport: ServerGroup = {
  group: 'transport',
  servers: [
    {
      name: 'dns-not-found',
      title: 'a name that DNS does not know',
      ask: 'https://no-such-host.shop.test:{port}',
      reach: 'dns',
      zone: {},
      serve: always(www),
      expected: unreachable('dns-not-found'),
    },
    {
      name: 'refused',
      title: 'nobody listens on the port',
      ask: 'https://www.shop.test',
      serve: 'nobody',
      expected: unreachable('refused'),
    },
    {
      name: 'timeout',
      title: 'the server takes the connection and says nothing',
      ask: 'https://www.shop.test',
      options: { timeout: 700 },
      serve: plain(silent),
      expected: unreachable('timeout'),
    },
    {
      name: 'reset',
      title: 'a reset after the ClientHello, whatever it says',
      ask: 'https://www.shop.test',
      serve: plain(resetAfterHello),
      expected: refused('reset'),
    },
    {
      name: 'reset:close',
      title: 'closed after the ClientHello, whatever it says',
      ask: 'https://www.shop.test',
      serve: plain(closeAfterHello),
      expected: refused('reset'),
    },
    {
      name: 'reset:at-once',
      title: 'closed as soon as it is open',
      ask: 'https://www.shop.test',
      serve: plain(closeAtOnce),
      expected: refused('reset'),
    },
    {
      name: 'reset:middle',
      title: 'closed in the middle of the certificate',
      ask: 'https://www.shop.test',
      serve: async (world) => cutAfter(500, await always(www)(world)),
      expected: refused('reset'),
    },
    {
      name: 'not-tls',
      title: 'a web server without TLS',
      ask: 'https://www.shop.test:8080',
      serve: plain(plainHttp()),
      expected: refused('not-tls'),
    },
    {
      name: 'not-tls:ssh',
      title: 'an SSH server',
      ask: 'https://www.shop.test:22',
      serve: plain(banner(sshBanner)),
      expected: refused('not-tls'),
    },
    needsStartTls('starttls-needed', 'smtp', 'smtps://mail.shop.test:587'),
    needsStartTls('starttls-needed:imap', 'imap', 'imaps://mail.shop.test:143'),
    needsStartTls('starttls-needed:pop3', 'pop3', 'pop3s://mail.shop.test:110'),
    needsStartTls('starttls-needed:ftp', 'ftp', 'ftps://files.shop.test:21'),
    needsStartTls('starttls-needed:mysql', 'mysql', 'db.shop.test:3306'),
    {
      name: 'default-certificate:starttls',
      title: 'behind STARTTLS, the certificate of the mail provider',
      ask: 'smtp://mail.shop.test',
      options: { client: 'nodemailer' },
      serve: behindStartTls('smtp', always({ by: 'issuing', names: ['*.mailhost.test'] })),
      expected: refused('default-certificate'),
    },
    {
      name: 'protocol-version',
      title: 'a server that ends at TLS 1.1',
      ask: 'https://www.shop.test',
      serve: always(www, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }),
      expected: refused('protocol-version'),
    },
    {
      name: 'protocol-version:client',
      title: 'a client that demands TLS 1.3 of a server that ends at 1.2',
      ask: 'https://www.shop.test',
      options: { minVersion: 'TLSv1.3' },
      serve: always(www, { maxVersion: 'TLSv1.2' }),
      expected: refused('protocol-version'),
    },
    {
      name: 'client-certificate-required',
      title: 'the server demands a client certificate (TLS 1.3: said after the handshake)',
      ask: 'https://www.shop.test',
      serve: always(www, { clientCa: 'company' }),
      expected: refused('client-certificate-required'),
    },
    {
      name: 'client-certificate-required:1.2',
      title: 'the server demands a client certificate (TLS 1.2: said within the handshake)',
      ask: 'https://www.shop.test',
      serve: always(www, { clientCa: 'company', maxVersion: 'TLSv1.2' }),
      expected: refused('client-certificate-required'),
    },
    {
      name: 'handshake-failed',
      title: 'no cipher in common (alert 40, with and without a name)',
      ask: 'https://www.shop.test',
      serve: always(www, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }),
      expected: refused('handshake-failed'),
    },
    {
      name: 'handshake-failed:internal',
      title: 'the server has a fault of its own (alert 80)',
      ask: 'https://www.shop.test',
      serve: plain(alert('internal_error')),
      expected: refused('handshake-failed'),
    },
  ],
};

function needsStartTls(name: string, protocol: StartTls, ask: string): ServerDeclaration {
  return {
    name,
    title: `${protocol} in plain text: TLS comes only after it is asked for`,
    ask,
    serve: plain(plainText(protocol)),
    expected: refused('starttls-needed'),
  };
}
