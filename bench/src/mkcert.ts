import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './measure.ts';
import { printRatios } from './table.ts';

/**
 * Side by side with mkcert, each in a home of its own with nothing in it: from there to the first page that a Chromium
 * trusts, and to the first answer that Node trusts; and what somebody can do to them with the key that lies there.
 * Only the NSS store of that home is written to. Needs mkcert, certutil (libnss3-tools), chromium and openssl.
 */
for (const [program, flag] of [
  ['mkcert', '-version'],
  ['certutil', '-H'],
  ['chromium', '--version'],
  ['openssl', 'version'],
] as const) {
  if (spawnSync(program, [flag]).error !== undefined) throw new Error(`${program} is missing`);
}
const rounds = Number(process.argv[2] ?? 5);
const command = fileURLToPath(new URL('../../../packages/cli/build/dist/main.cjs', import.meta.url));
const run = promisify(execFile);

interface Tool {
  readonly name: string;
  /** Each a program and its words; run in an empty home. */
  readonly steps: (home: string) => readonly (readonly [string, ...string[]])[];
  readonly files: (home: string) => {
    certificate: string;
    key: string;
    root: string;
    signer: string;
    signerKey: string;
  };
}

const tools: readonly Tool[] = [
  {
    name: 'altname',
    steps: (home) => [
      [process.execPath, command, 'cert', 'localhost', '127.0.0.1', '--out', home],
      [process.execPath, command, 'cert', 'trust', '--store', 'nss'],
    ],
    files: (home) => {
      const ca = join(home, '.local', 'share', 'altname', 'ca');
      return {
        certificate: join(home, 'localhost.pem'),
        key: join(home, 'localhost-key.pem'),
        root: join(ca, 'ca.pem'),
        signer: join(ca, 'issuer.pem'),
        signerKey: join(ca, 'issuer-key.pem'),
      };
    },
  },
  {
    name: 'mkcert',
    steps: (home) => [
      ['mkcert', '-install'],
      [
        'mkcert',
        '-cert-file',
        join(home, 'localhost.pem'),
        '-key-file',
        join(home, 'localhost-key.pem'),
        'localhost',
        '127.0.0.1',
      ],
    ],
    files: (home) => {
      const ca = join(home, '.local', 'share', 'mkcert');
      return {
        certificate: join(home, 'localhost.pem'),
        key: join(home, 'localhost-key.pem'),
        root: join(ca, 'rootCA.pem'),
        signer: join(ca, 'rootCA.pem'),
        signerKey: join(ca, 'rootCA-key.pem'),
      };
    },
  },
];

const times = new Map<string, { made: number[]; page: number[]; node: number[] }>();
const stolen = new Map<string, { chromium: boolean; node: boolean }>();
for (let round = 0; round < rounds; round++) {
  for (const tool of round % 2 === 0 ? tools : tools.toReversed()) {
    const home = await mkdtemp(join(tmpdir(), 'altname-bench-'));
    try {
      const { HOME: _home, XDG_DATA_HOME: _data, CAROOT: _root, ALTNAME_CA_DIR: _dir, ...rest } = process.env;
      const env = { ...rest, HOME: home, TRUST_STORES: 'nss' };
      // Both put their root into the store of Chromium, which is there from its first start on.
      await run('certutil', ['-d', `sql:${await nssOf(home)}`, '-N', '--empty-password'], { env });
      const sums = times.get(tool.name) ?? { made: [], page: [], node: [] };
      times.set(tool.name, sums);
      const began = process.hrtime.bigint();
      for (const [program, ...words] of tool.steps(home)) await run(program, words, { env, cwd: home });
      sums.made.push(Number(process.hrtime.bigint() - began));
      const { certificate, key, root } = tool.files(home);
      const server = await serve(await readFile(certificate), await readFile(key));
      const asked = process.hrtime.bigint();
      if (!(await answersNode(server.port, 'localhost', root, env)))
        throw new Error(`${tool.name}: Node does not trust it`);
      sums.node.push((sums.made.at(-1) ?? 0) + Number(process.hrtime.bigint() - asked));
      const shown = process.hrtime.bigint();
      if (!(await opensInChromium(server.port, 'localhost', env)))
        throw new Error(`${tool.name}: Chromium does not trust it`);
      sums.page.push((sums.made.at(-1) ?? 0) + Number(process.hrtime.bigint() - shown));
      server.close();
      if (round === 0) stolen.set(tool.name, await steal(tool, home, env));
    } finally {
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    }
  }
}

const of = (tool: string, what: 'made' | 'page' | 'node'): number => median(times.get(tool)?.[what] ?? []);
printRatios('altname cert and mkcert, from an empty home', [
  {
    what: 'CA, trust (NSS) and certificate made',
    ours: of('altname', 'made'),
    peer: of('mkcert', 'made'),
    goal: null,
  },
  {
    what: 'first page that Chromium trusts',
    ours: of('altname', 'page'),
    peer: of('mkcert', 'page'),
    goal: null,
  },
  {
    what: 'first answer that Node trusts',
    ours: of('altname', 'node'),
    peer: of('mkcert', 'node'),
    goal: null,
  },
]);
for (const [name, { chromium, node }] of stolen) {
  const said = (accepts: boolean): string => (accepts ? 'ACCEPTED' : 'refused');
  console.log(
    `${name}: google.com, signed with the key that lies there: Chromium ${said(chromium)}, Node ${said(node)}`,
  );
}

async function nssOf(home: string): Promise<string> {
  const dir = join(home, '.pki', 'nssdb');
  await run('mkdir', ['-p', dir]);
  return dir;
}

async function serve(cert: Buffer, key: Buffer): Promise<{ port: number; close: () => void }> {
  const server = createServer({ cert, key }, (_request, response) => response.end('<p>served</p>'));
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answersNode(
  port: number,
  name: string,
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<boolean> {
  const program = `require('https').get({ host: '127.0.0.1', port: ${port}, servername: '${name}' }, () => process.exit(0)).on('error', () => process.exit(1))`;
  return run(process.execPath, ['-e', program], { env: { ...env, NODE_EXTRA_CA_CERTS: root } }).then(
    () => true,
    () => false,
  );
}

async function opensInChromium(port: number, name: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const words = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    `--host-resolver-rules=MAP ${name} 127.0.0.1`,
  ];
  const { stdout } = await run('chromium', [...words, '--dump-dom', `https://${name}:${port}/`], {
    env,
    timeout: 60_000,
  });
  return stdout.includes('served');
}

/** A leaf for google.com with the key that the tool has left there, by OpenSSL. */
async function steal(
  tool: Tool,
  home: string,
  env: NodeJS.ProcessEnv,
): Promise<{ chromium: boolean; node: boolean }> {
  const { root, signer, signerKey } = tool.files(home);
  const at = (name: string): string => join(home, name);
  await writeFile(at('extensions'), 'subjectAltName=DNS:google.com\nextendedKeyUsage=serverAuth\n');
  const request = [
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    at('thief-key.pem'),
    '-out',
    at('thief.csr'),
    '-subj',
    '/CN=google.com',
  ];
  await run('openssl', request);
  const sign = [
    'x509',
    '-req',
    '-in',
    at('thief.csr'),
    '-CA',
    signer,
    '-CAkey',
    signerKey,
    '-set_serial',
    '7',
    '-days',
    '30',
    '-extfile',
    at('extensions'),
  ];
  await run('openssl', [...sign, '-out', at('thief.pem')]);
  const chain = Buffer.concat([
    await readFile(at('thief.pem')),
    signer === root ? Buffer.alloc(0) : await readFile(signer),
  ]);
  const server = await serve(chain, await readFile(at('thief-key.pem')));
  const taken = {
    chromium: await opensInChromium(server.port, 'google.com', env),
    node: await answersNode(server.port, 'google.com', root, env),
  };
  server.close();
  return taken;
}
