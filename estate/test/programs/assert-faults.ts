import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { AppFacts } from '@altname/core';
import type { HttpClient } from './http-clients.ts';
import type { Fault } from './http-faults.ts';
import { assertMends, assertSaid, bothWays, fileName, fixCode, writeMarked } from './http-watched.ts';
import type { ProgramFolder } from './watched-program.ts';

interface Circumstances {
  readonly leg: AppFacts['leg'];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs one program that meets every fault, the last without catching the error. For each, what the preload says is
 * compared with what is to be said and with what the server saw, and the code it prints is run against that server.
 */
export async function assertFaults(
  t: TestContext,
  folder: ProgramFolder,
  client: HttpClient,
  faults: readonly Fault[],
  { leg, env = {} }: Circumstances,
): Promise<void> {
  const program = await writeMarked(folder, fileName(client.title), programOf(client, faults));
  const { diagnoses, stdout } = await bothWays(folder, [program.file], 1, { env });
  for (const [at, { name, asked, said, sink }] of faults.entries()) {
    await t.test(name, async (sub) => {
      const told = diagnoses.filter(({ target }) => target.endsWith(`:${asked.port}`));
      if (said === null) {
        assert.deepEqual(told, []);
        assert.match(stdout, new RegExp(`^${name}: (200|true)$`, 'm'));
        return;
      }
      const [diagnosis] = told;
      assert.equal(told.length, 1, `${told.length} diagnoses`);
      assert.ok(diagnosis !== undefined);
      assertSaid(diagnosis, client, said, program.callSites[at]);
      assert.equal(diagnosis.app?.leg, leg);
      const { dialled } = diagnosis.names;
      assert.deepEqual([dialled.host, dialled.port], [asked.host, asked.port]);
      if (sink === null) return;
      assert.deepEqual(new Set(sink.seen.sent), new Set([said.sent[0]]), 'the server name on the wire');
      assert.equal(sink.seen.received, '', 'nothing was sent to a server that was refused');
      if (said.recipe === null || !said.mends) return;
      await sub.test('the code that is printed mends it', () =>
        assertMends(folder, fixCode(diagnosis) ?? '', client, sink, { env, header: asked.header }),
      );
    });
  }
}

function programOf(client: HttpClient, faults: readonly Fault[]): string {
  const shared = client.shared?.('one.shop.test');
  const statements = faults.flatMap(({ name, asked }, at) => [
    `process.stdout.write('${name}: ');`,
    ...(at === faults.length - 1
      ? [client.ask(asked)]
      : [
          'try {',
          `  ${client.ask(asked)}`,
          '} catch (error) {',
          '  console.log(error.message, error.code, error.cause?.code);',
          '}',
        ]),
  ]);
  return [
    client.imports,
    ...(shared === undefined ? [] : [`const shared = ${shared};`]),
    ...statements,
    '',
  ].join('\n');
}
