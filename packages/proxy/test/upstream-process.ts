import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import http2 from 'node:http2';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { AddressInfo } from 'node:net';
import type { Identity } from './authority.ts';

/** An upstream in a process of its own, which can be killed. */
export interface UpstreamProcess {
  readonly port: number;
  readonly url: string;
  /** How many requests came, asked of the process. */
  requests(): Promise<number>;
  /** Ends it with SIGKILL; settles when it is gone. */
  kill(): Promise<void>;
}

const program = fileURLToPath(import.meta.url);
const isProgram = process.argv[2] === 'serve-upstream';

/**
 * HTTP/2 and HTTP/1.1 over TLS. `/silent` gets no answer, `/half` the head and half of the body; everything else the
 * name of the process.
 *
 * @param port 0 for any
 */
export async function startUpstreamProcess(
  identity: Identity,
  name: string,
  port = 0,
): Promise<UpstreamProcess> {
  const child: ChildProcess = fork(program, ['serve-upstream'], {
    execArgv: process.execArgv.filter((word) => !word.startsWith('--test')),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  after(() => child.kill('SIGKILL'));
  child.send({ identity, name, port });
  const [told] = (await once(child, 'message')) as [{ port: number }];
  return {
    port: told.port,
    url: `https://127.0.0.1:${told.port}`,
    async requests() {
      child.send('requests');
      const [count] = (await once(child, 'message')) as [number];
      return count;
    },
    async kill() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

if (isProgram) {
  let requests = 0;
  process.on('message', (message: 'requests' | { identity: Identity; name: string; port: number }) => {
    if (message === 'requests') {
      process.send?.(requests);
      return;
    }
    const { identity, name, port } = message;
    const server = http2.createSecureServer({ ...identity, allowHTTP1: true }, (request, response) => {
      requests++;
      request.resume();
      if (request.url === '/silent') return;
      if (request.url === '/half') {
        response.setHeader('content-length', '2000');
        response.write('x'.repeat(1000));
        return;
      }
      response.end(name);
    });
    server.on('sessionError', () => {});
    server.listen(port, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
  });
  process.on('disconnect', () => process.exit());
}
