import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote } from './recipe.ts';

export const imapflow: ClientProfile = profile({
  name: 'imapflow',
  title: 'ImapFlow',
  package: 'imapflow',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'none',
  servernameOption: 'wins',
  nameOption: 'servername',
  surfaces: 'promise: error.code',
  tested: ['2.10.2'],
  expectName: ({ dial, port, name, starttls }) => `import { ImapFlow } from 'imapflow';

const client = new ImapFlow({
  host: ${quote(dial)},
  port: ${port},
  ${security(port, starttls)},
  servername: ${quote(name)},
  auth: { user: process.env.IMAP_USER, pass: process.env.IMAP_PASSWORD },
});
await client.connect();
`,
  addCa: ({ name, port, file, starttls }) => `${caImports}
import { ImapFlow } from 'imapflow';

const client = new ImapFlow({
  host: ${quote(name)},
  port: ${port},
  ${security(port, starttls)},
  tls: { ca: ${caList(file)} },
  auth: { user: process.env.IMAP_USER, pass: process.env.IMAP_PASSWORD },
});
await client.connect();
`,
  keepHostHeader: () => null,
  traps: [
    'Without secure, TLS begins only if the server offers STARTTLS; doSTARTTLS: true makes that a must.',
    'servername may stand beside host or in tls.',
  ],
});

/** The IMAP port where TLS begins with STARTTLS (RFC 9051 §6.2.1); elsewhere it is there from the start (RFC 8314). */
const startTlsPort = 143;

function security(port: number, starttls = port === startTlsPort): string {
  return starttls ? 'doSTARTTLS: true' : 'secure: true';
}
