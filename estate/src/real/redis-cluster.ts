import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { claimPort } from '../behaviour/port.ts';
import { startRedis } from './redis.ts';
import { tester, type Server } from './server.ts';

export interface RedisClusterOptions {
  /** The host name that its nodes announce in place of their addresses. */
  readonly announce?: string;
}

/** Three masters without replicas; a node tells clients where the others are, as addresses when not said otherwise. */
export const redisCluster: Server<RedisClusterOptions> = {
  name: 'Redis Cluster',
  programs: ['redis-server'],
  packages: ['redis-server'],
  login: tester,
  async start(desk, { announce }) {
    const nodes = await Promise.all(
      [0, 1, 2].map(async (i) => ({
        port: await claimPort(),
        bus: await claimPort(),
        socket: `${desk.folder}/node-${i}`,
      })),
    );
    const named =
      announce === undefined
        ? []
        : [`cluster-announce-hostname ${announce}`, 'cluster-preferred-endpoint-type hostname'];
    await Promise.all(
      nodes.map(({ port, bus, socket }) =>
        startRedis(desk, port, [
          'cluster-enabled yes',
          `cluster-config-file nodes-${port}.conf`,
          `cluster-port ${bus}`,
          'cluster-announce-ip 127.0.0.1',
          // Between the nodes there is no TLS, and then a node would announce its port without TLS, which is 0.
          `cluster-announce-port ${port}`,
          `cluster-announce-tls-port ${port}`,
          `unixsocket ${socket}`,
          ...named,
        ]),
      ),
    );
    const first = nodes[0]?.socket ?? '';
    for (const [i, { socket }] of nodes.entries()) {
      const [from, to] = [
        Math.floor((slots * i) / nodes.length),
        Math.floor((slots * (i + 1)) / nodes.length) - 1,
      ];
      await ask(socket, `CLUSTER ADDSLOTSRANGE ${from} ${to}`);
      await ask(socket, `CLUSTER SET-CONFIG-EPOCH ${i + 1}`);
    }
    for (const { port, bus } of nodes.slice(1)) await ask(first, `CLUSTER MEET 127.0.0.1 ${port} ${bus}`);
    for (const { socket } of nodes) {
      const whole = () => isWhole(socket, nodes.length, announce);
      for (const until = Date.now() + 20_000; !(await whole()); await wait(50)) {
        if (Date.now() > until)
          throw new Error(`the nodes do not agree: ${await ask(socket, 'CLUSTER NODES')}`);
      }
    }
    return nodes.map(({ port }) => port);
  },
};

/** Redis Cluster specification: the key space is split into 16384 slots. */
const slots = 16_384;

/** Whether a node knows all others, by their names, and answers for every slot. */
async function isWhole(socket: string, nodes: number, announce: string | undefined): Promise<boolean> {
  const info = await ask(socket, 'CLUSTER INFO');
  if (!info.includes('cluster_state:ok') || !info.includes(`cluster_size:${nodes}`)) return false;
  const list = await ask(socket, 'CLUSTER SLOTS');
  return announce === undefined || list.split(announce).length > nodes;
}

/** One command on the socket of a node, where there is no TLS; its answer is short enough to come at once. */
async function ask(path: string, command: string): Promise<string> {
  const socket = connect(path);
  let said = '';
  socket.setEncoding('utf8').on('data', (text: string) => (said += text));
  socket.end(`AUTH ${tester.password}\r\n${command}\r\nQUIT\r\n`);
  await once(socket, 'close');
  if (/^-/m.test(said)) throw new Error(`${command}: ${said}`);
  return said;
}
