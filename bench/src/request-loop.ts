import { once } from 'node:events';
import { Agent, request } from 'node:https';

/**
 * A program that makes requests one after the other, as its arguments say: port, `keep` or `close`, how many to warm
 * up with, how many to count. Prints the microseconds of CPU of one request, and the octets of memory at the end.
 */
const [port = '', kind = '', warm = '0', count = '0'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: kind === 'keep', maxCachedSessions: 0 });

async function get(): Promise<void> {
  const asked = request({ host: 'localhost', port, agent }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  await once(response, 'end');
}

for (let i = 0; i < Number(warm); i++) await get();
const before = process.cpuUsage();
for (let i = 0; i < Number(count); i++) await get();
const { user, system } = process.cpuUsage(before);
agent.destroy();
const memory = process.memoryUsage.rss();
process.stdout.write(JSON.stringify({ cpu: (user + system) / Number(count), memory }));
