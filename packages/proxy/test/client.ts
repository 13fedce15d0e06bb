import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import net from 'node:net';

/** An answer, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

/** What {@link echo} saw. */
export interface Echoed {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export type AskOptions = https.RequestOptions & { readonly body?: string };

/** One request on a connection of its own. Where `ca` is given, in TLS and verified. */
export function ask({ body, ...options }: AskOptions): Promise<Answer> {
  const { promise, resolve, reject } = deferred<Answer>();
  const { request } = options.ca === undefined ? http : https;
  const sent = request({ host: '127.0.0.1', agent: false, ...options }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const { statusCode: status = 0, headers, trailers } = response;
      resolve({ status, headers, trailers, body: Buffer.concat(chunks).toString() });
    });
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

export async function echoed(options: AskOptions): Promise<Echoed> {
  const { status, body } = await ask(options);
  if (status !== 200) throw new Error(`${status} ${body}`);
  return JSON.parse(body) as Echoed;
}

/** The values of a field, in their order. */
export function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

/** Sends octets as they are; everything that came back until the other end closed, or nothing came for `quiet` ms. */
export function raw(port: number, octets: string, quiet = 300): Promise<string> {
  const { promise, resolve } = deferred<string>();
  const socket = net.connect(port, '127.0.0.1', () => socket.write(Buffer.from(octets, 'latin1')));
  let answer = '';
  socket.setTimeout(quiet, () => socket.destroy());
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
  socket.on('error', () => {});
  socket.on('close', () => resolve(answer));
  return promise;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** `Promise.withResolvers`, which Node 20 has not. */
export function deferred<T = void>(): Deferred<T> {
  let settle: Omit<Deferred<T>, 'promise'> | null = null;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as unknown as Omit<Deferred<T>, 'promise'>) };
}
