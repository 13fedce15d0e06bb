import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AltnameError, printable } from '@altname/core';
import type { Authority } from '../authority/authority.ts';
import { issueLeaf } from '../leaf/issue-leaf.ts';
import { javaClients } from './java-clients.ts';
import { thisMachine, type Machine } from './machine.ts';
import { nodeClients } from './node-clients.ts';
import { nssClients } from './nss-clients.ts';
import { callServer, type Credentials } from './proof-server.ts';
import { systemClients } from './system-clients.ts';
import type { TrustClient } from './trust-client.ts';
import { readTrustRoot } from './trust-root.ts';
import { storeNames, type StoreName } from './trust-store.ts';

export interface ProveTrustOptions {
  /** Clients of which stores; of all when not given. */
  readonly stores?: readonly StoreName[];
  /** For each client, in milliseconds; 20,000 when not given. All are asked at once. */
  readonly timeout?: number;
  readonly machine?: Machine;
}

/**
 * What one client does with a certificate of the CA:
 *
 * | result        | meaning                                                            |
 * |---------------|--------------------------------------------------------------------|
 * | `trusted`     | it made a handshake, verified, and sent its request                 |
 * | `not-trusted` | it connected, and sent none                                        |
 * | `unproven`    | it never connected, or did not end in time                         |
 * | `not-present` | it is not there                                                    |
 */
export interface TrustProof {
  readonly store: StoreName;
  /** The store to change: that of the system where it fills this one. */
  readonly changedBy: StoreName;
  readonly client: string;
  /** The program, or the database it was asked with. */
  readonly where: string | null;
  readonly result: 'trusted' | 'not-trusted' | 'unproven' | 'not-present';
  /** False for what a setting would do. */
  readonly counts: boolean;
  /** What it said, or which package has it. */
  readonly detail: string | null;
  /** Variables that are set and choose its roots, `NAME=value`. */
  readonly environment: readonly string[];
}

/**
 * Proves by a handshake each which clients trust a CA: a server on 127.0.0.1 presents a certificate of one day, which
 * every client that is there connects to, as the environment makes it. No other address is reached.
 *
 * @throws {AltnameError} as `issueLeaf` does, when the CA cannot sign for 127.0.0.1
 */
export async function proveTrust(
  authority: Authority,
  options: ProveTrustOptions = {},
): Promise<TrustProof[]> {
  const { stores = storeNames, timeout = 20_000, machine = thisMachine() } = options;
  const root = await readTrustRoot(authority.dir);
  if (root === null) {
    throw new AltnameError('ALTNAME_BAD_AUTHORITY', `no CA is in ${printable(authority.dir)}`);
  }
  const names = [
    { kind: 'ip', value: '127.0.0.1' },
    { kind: 'dns', value: 'localhost' },
  ] as const;
  const leaf = await issueLeaf(authority, names, { days: 1 });
  const profile = await mkdtemp(join(tmpdir(), 'altname-'));
  try {
    const clients = [
      ...systemClients(machine),
      ...nssClients(machine, profile),
      ...javaClients(machine),
      ...nodeClients(machine, root),
    ].filter(({ store }) => stores.includes(store));
    return await Promise.all(clients.map((client) => prove(client, leaf, timeout, machine)));
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function prove(
  { store, changedBy, client, where, call, lacks, variables, counts }: TrustClient,
  leaf: Credentials,
  timeout: number,
  machine: Machine,
): Promise<TrustProof> {
  const reply =
    call === null
      ? ({ result: lacks === null ? 'not-present' : 'unproven', detail: lacks } as const)
      : await callServer({ env: machine.env, ...call }, leaf, timeout);
  const environment = variables.flatMap((name) => {
    const value = machine.env[name] ?? '';
    return value === '' ? [] : [`${name}=${value}`];
  });
  return { store, changedBy, client, where, counts, environment, ...reply };
}
