import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';
import { testAuthority } from './authority.ts';
import { ask } from './client.ts';
import { startManyClients } from './many-clients.ts';
import { startProxyProcess } from './proxy-process.ts';
import { startUpstream } from './upstream-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test', 'a.test');
const ca = authority.root;
const processes = 4;

/** Files that a process may have open. Node takes what it can get. */
function mostFiles(): number {
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' });
  return stdout.trim() === 'unlimited' ? Infinity : Number(stdout);
}

const room = Math.floor((mostFiles() - 1000) / processes) * processes;
// 10,000 handshakes take two processors for a minute: they are made on one line of Node.
const wanted = process.versions.node.startsWith('20.') ? 10_000 : 2000;
const count = Math.min(wanted, room);
const skip =
  process.platform !== 'linux'
    ? 'counts files of a process'
    : count < 1000
      ? `ulimit -Hn leaves room for ${count} connections`
      : false;

it(
  `${count} open connections of TLS to one process: all are kept and answered, and nothing is left of them`,
  { skip },
  async (t) => {
    const upstream = await startUpstream(identity, (_request, response) => response.end('ok'));
    const proxy = await startProxyProcess({
      tls: identity,
      upstreams: { api: { to: upstream.url, name: 'api.test', ca, keepAlive: 1000 } },
      timeouts: { head: 600_000 },
      limits: { connections: count + 100 },
    });
    const via = { port: proxy.port, ca, servername: 'a.test', headers: { host: 'a.test' } };
    assert.equal((await ask(via)).status, 200);
    const before = await proxy.held();
    const dialled = { port: proxy.port, ca, servername: 'a.test', count: count / processes };
    const clients = await Promise.all(Array.from({ length: processes }, () => startManyClients(dialled)));
    const opened = await proxy.held();
    assert.ok((opened.files ?? 0) >= count, `${opened.files} files`);
    // Answered on the connection that it was: none is opened anew.
    const answered = await Promise.all(clients.map((each) => each.ask()));
    assert.equal(
      answered.reduce((sum, each) => sum + each, 0),
      count,
    );
    const used = await proxy.held();
    const perConnection = ({ memory }: { readonly memory: number }): number =>
      Math.round((memory - before.memory) / count / 1024);
    t.diagnostic(
      `${count} connections: ${perConnection(opened)} KiB each when they stand, ${perConnection(used)} KiB after a request`,
    );
    assert.ok(perConnection(used) < 200, `${perConnection(used)} KiB each`);
    // One more is served beside them, and when they are gone.
    assert.equal((await ask(via)).status, 200);
    await Promise.all(clients.map((each) => each.end()));
    assert.equal(await proxy.settled(before, 60_000), '');
    assert.equal((await ask(via)).status, 200);
  },
);
