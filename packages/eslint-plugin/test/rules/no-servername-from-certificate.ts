import type { Table } from '../table.ts';

export const table: Table = {
  good: {
    'names that are shown': `import tls from 'node:tls';
const socket = tls.connect(options, () => console.log(socket.getPeerCertificate().subject.CN));`,
    'a certificate of a client, read by its server': `import https from 'node:https';
https.createServer({ requestCert: true, key, cert, ca }, (req, res) => res.end(req.socket.getPeerCertificate().subject.CN));`,
    'a check of a name of its own': `import tls from 'node:tls';
export const check = { checkServerIdentity: (host, certificate) => tls.checkServerIdentity('db.example', certificate) };`,
    'a check of the name that was asked': `import tls from 'node:tls';
export const check = { checkServerIdentity: (host, certificate) => tls.checkServerIdentity(host, certificate) };`,
    'an error that is shown': `import https from 'node:https';
https.get('https://a.example').on('error', (error) => console.error(error.message, error.cert?.subject));`,
    'an error, and a name of its own': `import tls from 'node:tls';
try { await dial(); } catch (error) { log(error.reason); tls.connect({ host, servername: config.name }); }`,
    'a message of something else': `import tls from 'node:tls';
socket.on('message', (message) => tls.connect({ host, servername: message.name }));`,
  },
  bad: [
    {
      name: 'the subject of the peer',
      code: `import tls from 'node:tls';
const first = tls.connect({ host, port: 443 });
const servername = first.getPeerCertificate().subject.CN;
tls.connect({ host, port: 443, servername });`,
      messages: ['name'],
    },
    {
      name: 'a name of the certificate, cut out',
      code: `const tls = require('tls');
const certificate = socket.getPeerCertificate(true);
const [name] = certificate.subjectaltname.replace(/DNS:/g, '').split(', ');
tls.connect({ host, servername: name });`,
      messages: ['name'],
    },
    {
      name: 'taken apart',
      code: `import https from 'node:https';
const { subject } = socket.getPeerCertificate();
https.get({ host, servername: subject.CN });`,
      messages: ['name'],
    },
    {
      name: 'getPeerX509Certificate',
      code: `import https from 'node:https';
const found = socket.getPeerX509Certificate();
https.get({ host, servername: found.subjectAltName.match(/DNS:([^,]+)/)[1] });`,
      messages: ['name'],
    },
    {
      name: 'the reason of an error that is caught',
      code: `import tls from 'node:tls';
try {
  await dial();
} catch (error) {
  const name = /altnames: DNS:([^,]+)/.exec(error.reason)[1];
  tls.connect({ host, servername: name });
}`,
      messages: ['name'],
    },
    {
      name: 'the message of an error, cut out',
      code: `const tls = require('tls');
socket.on('error', (error) => {
  tls.connect({ host, servername: error.message.split('DNS:')[1] });
});`,
      messages: ['name'],
    },
    {
      name: 'the certificate of an error, in a rejection',
      code: `import tls from 'node:tls';
dial().catch((error) => tls.connect({ host, servername: error.cert.subject.CN }));`,
      messages: ['name'],
    },
    {
      name: 'the host that is dialled',
      code: `import https from 'node:https';
try {
  await get();
} catch (error) {
  https.get({ host: error.cert.subject.CN, path: '/' });
}`,
      messages: ['dial'],
    },
    {
      name: 'a check of the certificate against itself',
      code: `import tls from 'node:tls';
export const options = {
  checkServerIdentity: (host, certificate) => tls.checkServerIdentity(certificate.subject.CN, certificate),
};`,
      messages: ['check'],
    },
    {
      name: 'a check of the certificate against itself, as a method',
      code: `const { checkServerIdentity } = require('node:tls');
module.exports = {
  checkServerIdentity(host, certificate) {
    const name = certificate.subjectaltname.split('DNS:')[1];
    return checkServerIdentity(name, certificate);
  },
};`,
      messages: ['check'],
    },
    {
      name: 'TypeScript',
      ts: true,
      code: `import tls, { type PeerCertificate } from 'node:tls';
const certificate = socket.getPeerCertificate() as PeerCertificate;
tls.connect({ host, servername: certificate.subject.CN! });`,
      messages: ['name'],
    },
  ],
};
