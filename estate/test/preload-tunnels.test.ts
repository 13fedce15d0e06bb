import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Diagnosis, Origin } from '@altname/core';
import { createAuthority } from '../src/authority.ts';
import { startSink, type Sink } from '../src/recipes/sink.ts';
import { bothWays, fileName, writeMarked } from './programs/http-watched.ts';
import { ProgramFolder } from './programs/watched-program.ts';

// Programs that ask an HTTP proxy for a tunnel themselves: what they asked for is not the proxy.

let folder: ProgramFolder;
let bank: Sink;
let mail: Sink;
let proxy: Server;
let proxyPort: number;
const sockets = new Set<Socket>();

const api = 'api.shop.test';

before(async () => {
  const authority = await createAuthority({ name: 'Known CA' });
  folder = await ProgramFolder.make(authority.cert);
  bank = await startSink('http', await authority.issue({ names: ['www.bank.test'] }));
  mail = await startSink('smtp-starttls', await authority.issue({ names: ['www.bank.test'] }));
  proxy = createServer(tunnel).listen(0, '127.0.0.1');
  await new Promise((resolve) => proxy.once('listening', resolve));
  proxyPort = (proxy.address() as AddressInfo).port;
});

after(async () => {
  for (const socket of sockets) socket.destroy();
  proxy.close();
  bank.close();
  mail.close();
  await folder.remove();
});

/** A proxy that knows no other way than CONNECT, and leads every name to loopback. */
function tunnel(client: Socket): void {
  sockets.add(client.on('error', () => client.destroy()));
  client.once('data', (head: Buffer) => {
    const port = Number(/^CONNECT \S+:(\d+) HTTP\/1\.1\r\n/.exec(head.toString('latin1'))?.[1]);
    const server = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(server).pipe(client);
    });
    sockets.add(server.on('error', () => client.destroy()));
  });
}

/** What is said of a connection. */
interface Said {
  readonly leg: 'direct' | 'origin';
  readonly cause: string;
  readonly asked: readonly [string | null, Origin];
  readonly sent: string | null;
  readonly checked: string;
  readonly dialled: readonly [host: string, port: number, address: string | null, through: string | null];
}

async function assertTold(marked: string, said: Said): Promise<Diagnosis> {
  const program = await writeMarked(folder, fileName('tunnel'), marked);
  const { diagnoses } = await bothWays(folder, [program.file], 0);
  const [diagnosis] = diagnoses;
  assert.equal(diagnoses.length, 1);
  assert.ok(diagnosis !== undefined);
  const { app, cause, names } = diagnosis;
  const { host, port, address, through = null } = names.dialled;
  assert.deepEqual(
    {
      client: diagnosis.client,
      callSite: app?.callSite,
      leg: app?.leg,
      cause: cause?.code,
      asked: [names.asked.value, names.asked.from],
      sent: names.sent.value,
      checked: names.checked.value,
      dialled: [host, port, address, through],
    },
    { client: 'tls', callSite: program.callSites[0], ...said },
  );
  return diagnosis;
}

/** A tunnel by a request of `http`, and TLS over it. */
function byRequest(options: string): string {
  return `import http from 'node:http';
import tls from 'node:tls';

const request = http.request({ method: 'CONNECT', host: 'proxy.shop.test', port: ${proxyPort}, path: '${api}:${bank.port}' });
request.on('connect', (response, socket) => {
  const secure = tls.@@connect({ socket${options} });
  secure.on('error', (error) => console.log(error.code));
});
request.end();
`;
}

/** The same in words of the program's own. */
function inWords(end: string, options: string): string {
  return `import net from 'node:net';
import tls from 'node:tls';

const [host, port] = ['${api}', ${bank.port}];
const socket = net.connect(${proxyPort}, 'proxy.shop.test', () => {
  socket.write(\`CONNECT ${end} HTTP/1.1\\r\\nHost: \${host}:\${port}\\r\\n\\r\\n\`);
});
socket.once('data', () => {
  const secure = tls.@@connect({ socket${options} });
  secure.on('error', (error) => console.log(error.code));
});
`;
}

const address = '127.0.0.1';

describe('a tunnel of the program’s own making', { concurrency: 3 }, () => {
  it('by a request: what was asked is its path', async () => {
    const { fixes } = await assertTold(byRequest(`, servername: '${api}'`), {
      leg: 'origin',
      cause: 'name-mismatch',
      asked: [api, 'client-option'],
      sent: api,
      checked: api,
      dialled: [api, bank.port, null, address],
    });
    for (const { title, code } of fixes) assert.doesNotMatch(`${title} ${code}`, /proxy\.shop\.test/);
  });

  it('by a request, and the name forgotten: that of the proxy is checked', async () => {
    const { fixes, cause } = await assertTold(byRequest(''), {
      leg: 'origin',
      cause: 'checked-defaulted-to-localhost',
      asked: [api, 'client-option'],
      sent: null,
      checked: 'proxy.shop.test',
      dialled: [api, bank.port, null, address],
    });
    assert.match(cause?.message ?? '', /checked proxy\.shop\.test, the host of the socket beneath/);
    assert.match(fixes[0]?.code ?? '', /Over a tunnel, its socket .*[^]*servername: 'api\.shop\.test'/);
  });

  it('in words, with the end among them', async () => {
    await assertTold(inWords(`${api}:${bank.port}`, `, servername: host`), {
      leg: 'origin',
      cause: 'name-mismatch',
      asked: [api, 'client-option'],
      sent: api,
      checked: api,
      dialled: [api, bank.port, null, address],
    });
  });

  it('in words made up as it runs: what was asked is the server name', async () => {
    await assertTold(inWords('${host}:${port}', `, servername: host`), {
      leg: 'origin',
      cause: 'name-mismatch',
      asked: [api, 'option-servername'],
      sent: api,
      checked: api,
      dialled: [api, 443, null, address],
    });
  });

  it('in words made up as it runs, and the name forgotten: nobody knows what was asked', async () => {
    const { fixes } = await assertTold(inWords('${host}:${port}', ''), {
      leg: 'origin',
      cause: 'checked-defaulted-to-localhost',
      asked: [null, 'unknown'],
      sent: null,
      checked: 'proxy.shop.test',
      dialled: ['proxy.shop.test', proxyPort, address, null],
    });
    for (const { title, code } of fixes)
      assert.doesNotMatch(`${title} ${code}`, /check proxy|servername: 'proxy/);
  });

  it('STARTTLS by hand is none: the host of the socket was asked', async () => {
    const program = `import net from 'node:net';
import tls from 'node:tls';

const socket = net.connect(${mail.port}, 'mail.shop.test');
socket.once('data', () => socket.write('EHLO me\\r\\n'));
socket.on('data', (answer) => {
  if (/^250 /m.test(answer)) socket.write('STARTTLS\\r\\n');
  if (!/^220 /m.test(answer) || socket.bytesWritten < 12) return;
  socket.removeAllListeners('data');
  tls.@@connect({ socket, servername: 'smtp.shop.test' }).on('error', (error) => console.log(error.code));
});
`;
    await assertTold(program, {
      leg: 'direct',
      cause: 'name-mismatch',
      asked: ['mail.shop.test', 'option-host'],
      sent: 'smtp.shop.test',
      checked: 'smtp.shop.test',
      dialled: ['mail.shop.test', mail.port, address, null],
    });
  });
});
