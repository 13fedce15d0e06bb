import 'reflect-metadata';
import { createHash, randomBytes, randomInt, webcrypto } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import * as x509 from '@peculiar/x509';

/** A certificate and its key, as a server takes them; all PEM. */
export interface Credentials {
  readonly cert: string;
  /** The leaf and every intermediate below the root. */
  readonly chain: string;
  readonly key: string;
}

export interface LeafRequest {
  /** dNSName, or iPAddress for what is an address. */
  readonly names: readonly string[];
  readonly commonName?: string;
  /** Tomorrow when not given. */
  readonly notAfter?: Date;
  readonly rsa?: boolean;
}

/** A certificate authority that lives as long as this process. */
export interface Issuer {
  readonly cert: string;
  readonly key: string;
  issue(request: LeafRequest): Promise<Credentials>;
  intermediate(name: string): Promise<Issuer>;
}

const day = 86_400_000;
const ec = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const rsa2048 = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};

export async function createRoot(name = 'Loopback Root'): Promise<Issuer> {
  const keys = await makeKeys();
  const subject = [{ CN: [name] }];
  const own = await sign({
    subject,
    issuer: subject,
    keys,
    signer: keys,
    extensions: await caExtensions(keys),
  });
  return await issuer(subject, keys, own, '');
}

/** SHA-256 of each certificate of a PEM bundle, as evidence names them. */
export function fingerprints(...pems: readonly string[]): string[] {
  return pems.flatMap((pem) =>
    (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((one) =>
      createHash('sha256')
        .update(Buffer.from(one.replace(/-----[^-]+-----/g, ''), 'base64'))
        .digest('hex'),
    ),
  );
}

/** A port on loopback. */
export interface Listener {
  readonly port: number;
  /** Connections taken so far. */
  readonly taken: () => number;
  /** Connections that are open now. */
  readonly open: () => number;
  close(): Promise<void>;
}

/** Listens on loopback and gives every connection to `handle`, which owns it from then on. */
export async function listen(
  handle: (socket: Socket) => void,
  address = '127.0.0.1',
  port = 0,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  let taken = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    taken++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    handle(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: address, ipv6Only: true }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    taken: () => taken,
    open: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A TLS server as Node makes them, on loopback. */
export async function listenTls(
  options: TlsOptions,
  handle: (socket: TLSSocket) => void = () => {},
): Promise<Listener> {
  return await listen(tlsHandler(options, handle));
}

/** What makes a TLS server of a connection. */
export function tlsHandler(
  options: TlsOptions,
  handle: (socket: TLSSocket) => void = () => {},
): (socket: Socket) => void {
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => {});
    handle(socket);
    socket.resume();
  });
  server.on('tlsClientError', () => {});
  return (socket) => void server.emit('connection', socket);
}

/**
 * A port of loopback on which nobody listens: it was free a moment ago. It is none that the system gives out by itself,
 * to whoever else listens or connects meanwhile (Linux: from 32768 on), and none that was given out here before.
 */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_768);
    if (givenPorts.has(port)) continue;
    givenPorts.add(port);
    try {
      await (await listen((socket) => socket.destroy(), address, port)).close();
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

const givenPorts = new Set<number>();

async function issuer(
  subject: x509.JsonName,
  keys: webcrypto.CryptoKeyPair,
  certificate: x509.X509Certificate,
  chain: string,
): Promise<Issuer> {
  return {
    cert: pemOf(certificate),
    key: await keyPem(keys),
    async issue({ names, commonName, notAfter, rsa }) {
      const own = await makeKeys(rsa);
      const leaf = await sign({
        subject: commonName === undefined ? [] : [{ CN: [commonName] }],
        issuer: subject,
        keys: own,
        signer: keys,
        ...(notAfter === undefined ? {} : { notAfter }),
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          ...(names.length === 0
            ? []
            : [
                new x509.SubjectAlternativeNameExtension(
                  names.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value })),
                ),
              ]),
        ],
      });
      return { cert: pemOf(leaf), chain: pemOf(leaf) + chain, key: await keyPem(own) };
    },
    async intermediate(name) {
      const own = await makeKeys();
      const below = [{ CN: [name] }];
      const made = await sign({
        subject: below,
        issuer: subject,
        keys: own,
        signer: keys,
        extensions: await caExtensions(own),
      });
      return await issuer(below, own, made, pemOf(made) + chain);
    },
  };
}

interface SigningRequest {
  readonly subject: x509.JsonName;
  readonly issuer: x509.JsonName;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly signer: webcrypto.CryptoKeyPair;
  readonly notAfter?: Date;
  readonly extensions: x509.Extension[];
}

async function sign({ notAfter, ...request }: SigningRequest): Promise<x509.X509Certificate> {
  const end = notAfter ?? new Date(Date.now() + day);
  return await x509.X509CertificateGenerator.create({
    serialNumber: `4${randomBytes(8).toString('hex')}0`,
    subject: request.subject,
    issuer: request.issuer,
    notBefore: new Date(end.getTime() - 3 * day),
    notAfter: end,
    publicKey: request.keys.publicKey,
    signingKey: request.signer.privateKey,
    signingAlgorithm: ec,
    extensions: request.extensions,
  });
}

async function caExtensions(keys: webcrypto.CryptoKeyPair): Promise<x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
  ];
}

async function makeKeys(rsa = false): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(rsa ? rsa2048 : ec, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
}

async function keyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

function pemOf(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
