import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';

/**
 * A program that makes requests one after the other, as its arguments say: port, `keep` or `close`. For each line of
 * stdin, a number, it makes so many, and prints the microseconds of CPU they took and the octets of memory then.
 */
const [port = '', kind = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: kind === 'keep', maxCachedSessions: 0 });

async function get(): Promise<void> {
  const asked = request({ host: 'localhost', port, agent }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  await once(response, 'end');
}

for await (const line of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage();
  for (let i = 0; i < Number(line); i++) await get();
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${JSON.stringify({ cpu: user + system, memory: process.memoryUsage.rss() })}\n`);
}
agent.destroy();
