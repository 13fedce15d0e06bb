import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote } from './recipe.ts';

export const nodemailer: ClientProfile = profile({
  name: 'nodemailer',
  title: 'nodemailer',
  package: 'nodemailer',
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'none',
  servernameOption: 'wins',
  nameOption: 'tls.servername',
  surfaces: 'promise: error.message only (error.code is ESOCKET)',
  tested: ['10.6.0'],
  expectName: ({ dial, port, name, starttls }) => `import nodemailer from 'nodemailer';

const transport = nodemailer.createTransport({
  host: ${quote(dial)},
  port: ${port},
  ${security(port, starttls)},
  tls: { servername: ${quote(name)} },
});
await transport.verify();
`,
  addCa: ({ name, port, file, starttls }) => `${caImports}
import nodemailer from 'nodemailer';

const transport = nodemailer.createTransport({
  host: ${quote(name)},
  port: ${port},
  ${security(port, starttls)},
  tls: { ca: ${caList(file)} },
});
await transport.verify();
`,
  keepHostHeader: () => null,
  traps: [
    'Without secure, TLS begins only if the server offers STARTTLS; requireTLS makes that a must.',
    'The error code is only ESOCKET; the certificate error is in its text.',
    'Where the certificate belongs to the mail provider, use the host name of the provider as host.',
  ],
});

/** SMTP ports where TLS begins with STARTTLS (RFC 6409, RFC 3207); elsewhere it is there from the start (RFC 8314). */
const startTlsPorts = [25, 587, 2525];

function security(port: number, starttls = startTlsPorts.includes(port)): string {
  return starttls ? 'requireTLS: true' : 'secure: true';
}
