import { after, before, describe, it } from 'node:test';
import { createAuthority } from '../src/authority.ts';
import { assertFaults } from './programs/assert-faults.ts';
import { httpClients } from './programs/http-clients.ts';
import { faultsFor, type Authorities } from './programs/http-faults.ts';
import { reverseProxies } from './programs/http-proxies.ts';
import { tooOld } from './programs/http-watched.ts';
import { ProgramFolder } from './programs/watched-program.ts';

// The preload in programs of every HTTP client, against real servers with real faults. Each program is run with and
// without it, and does the same; what the preload says is compared with what the server saw; and the code it prints is
// run against that very server.

let authorities: Authorities;
let folder: ProgramFolder;

before(async () => {
  authorities = {
    known: await createAuthority({ name: 'Known CA' }),
    unknown: await createAuthority({ name: 'Unknown CA' }),
  };
  folder = await ProgramFolder.make(authorities.known.cert);
});

after(() => folder.remove());

describe(`the preload with each HTTP client, on Node ${process.version}`, { concurrency: 3 }, () => {
  for (const client of [...httpClients, ...reverseProxies]) {
    it(client.title, { skip: tooOld(client), timeout: 60_000 }, async (t) => {
      const faults = await faultsFor(client, authorities);
      try {
        await assertFaults(t, folder, client, faults.all, { leg: 'direct' });
      } finally {
        await faults.close();
      }
    });
  }
});
