import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { startContender, type Contender } from './contender.ts';
import { frontName, freePorts, upstreamName, type Upstream } from './upstream.ts';

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** What the upstream saw of a request. */
interface Seen {
  readonly sni: string;
  readonly host: string;
  readonly for: string;
  readonly proto: string;
}

/**
 * Proves that a contender does the work that is measured: it refuses an upstream whose certificate carries another
 * name, and one of a CA that nobody told it of; it sends the right server name; it hands on bodies as they are; it says
 * who asked.
 *
 * @throws {Error} what it does not do: nothing of it may be compared then
 */
export async function prove(contender: Contender, upstream: Upstream, isHttp2: boolean): Promise<string> {
  const wrong: number[] = [];
  for (const upstreamPort of [upstream.otherNamePort, upstream.otherAuthorityPort]) {
    const status = await withContender(contender, upstream, upstreamPort, async (port) => {
      return (await ask(port, '/1k', upstream, isHttp2)).status;
    });
    if (status < 500) {
      const what = upstreamPort === upstream.otherNamePort ? 'of another name' : 'of a CA it was not told of';
      throw new Error(`${contender.name} takes an upstream with a certificate ${what}: it answers ${status}`);
    }
    wrong.push(status);
  }
  const seen = await withContender(contender, upstream, upstream.port, async (port) => {
    for (const [path, body] of upstream.bodies) {
      const answer = await ask(port, path, upstream, isHttp2);
      if (answer.status !== 200 || !answer.body.equals(body)) {
        throw new Error(`${contender.name}: ${path} is not what the upstream sent (${answer.status})`);
      }
    }
    return JSON.parse((await ask(port, '/seen', upstream, isHttp2)).body.toString()) as Seen;
  });
  if (seen.sni !== upstreamName) throw new Error(`${contender.name} sends the server name ${seen.sni}`);
  if (!seen.for.includes('127.0.0.1') || seen.proto !== 'https') {
    throw new Error(`${contender.name} does not say who asked: ${JSON.stringify(seen)}`);
  }
  return `other name ${wrong[0]}, other CA ${wrong[1]}, sends ${seen.sni}, Host ${seen.host.replace(/:\d+$/, ':PORT')}`;
}

/**
 * Proves that a contender passes through: with a certificate of the upstream that it has no key of, bodies come as they
 * are, and a server name that it was told nothing of gets nowhere.
 *
 * @throws {Error} what it does not do
 */
export async function provePassage(contender: Contender, upstream: Upstream): Promise<void> {
  await withContender(contender, upstream, upstream.passedPort, async (port) => {
    for (const [path, body] of upstream.bodies) {
      const answer = await ask(port, path, upstream, false);
      if (answer.status !== 200 || !answer.body.equals(body)) {
        throw new Error(`${contender.name}: ${path} is not what the upstream sent (${answer.status})`);
      }
    }
    const ca = readFileSync(upstream.frontCa);
    const strange = await askHttp1(port, '/1k', ca, 'unknown.bench.test').catch(() => null);
    if (strange !== null) throw new Error(`${contender.name} passes a name on that it was told nothing of`);
  });
}

async function withContender<T>(
  contender: Contender,
  upstream: Upstream,
  upstreamPort: number,
  use: (port: number) => Promise<T>,
): Promise<T> {
  const [port = 0] = await freePorts(1);
  const running = await startContender(contender, { port, upstreamPort, upstream });
  try {
    return await use(port);
  } finally {
    await running.stop();
  }
}

function ask(port: number, path: string, { frontCa }: Upstream, isHttp2: boolean): Promise<Answer> {
  const ca = readFileSync(frontCa);
  return isHttp2 ? askHttp2(port, path, ca) : askHttp1(port, path, ca);
}

function askHttp1(port: number, path: string, ca: Buffer, servername = frontName): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: frontName, servername, family: 4, port, path, ca, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }));
      answer.once('error', reject);
    })
      .once('error', reject)
      .end();
  });
}

function askHttp2(port: number, path: string, ca: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://${frontName}:${port}`, { ca });
    session.once('error', reject);
    const stream = session.request({ ':path': path });
    let status = 0;
    const chunks: Buffer[] = [];
    stream.once('response', (fields) => (status = fields[':status'] ?? 0));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('error', reject);
    stream.once('end', () => {
      session.close();
      resolve({ status, body: Buffer.concat(chunks) });
    });
  });
}
