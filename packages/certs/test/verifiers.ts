import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import tls from 'node:tls';
import { writeFile } from 'node:fs/promises';

/** A server on loopback, and who shall be trusted. */
export interface Presented {
  readonly port: number;
  /** The name that the client wants. */
  readonly name: string;
  /** The root, PEM. */
  readonly root: string;
  /** A directory for a file of it. */
  readonly dir: string;
}

/** A client that verifies: null when it accepts, else what it says. */
export interface Verifier {
  readonly name: string;
  /** The Debian package of its program, and the program; null where Node is enough. */
  readonly needs: readonly [program: string, debian: string] | null;
  verify(presented: Presented): Promise<string | null>;
  /** Names that it never accepts, by a fault of its own. */
  readonly cannot?: (name: string) => boolean;
}

/** Node 22.23.0 to 22.23.3 match no IPv6 address with any certificate (docs/node-versions.md). */
const isWithoutIpv6 = /^22\.23\.[0-3]$/.test(process.versions.node);

/** Whether a name is an address, of which no server name is sent. */
const isAddress = (name: string): boolean => /^[\d.]+$|:/.test(name);

export const verifiers: readonly Verifier[] = [
  {
    name: `Node ${process.versions.node}`,
    needs: null,
    cannot: (name) => isWithoutIpv6 && name.includes(':'),
    verify: ({ port, name, root }) =>
      new Promise((resolve) => {
        const host = isAddress(name)
          ? {
              checkServerIdentity: (_: string, cert: tls.PeerCertificate) =>
                tls.checkServerIdentity(name, cert),
            }
          : { servername: name };
        const socket = tls.connect({ host: '127.0.0.1', port, ca: root, ...host });
        socket.once('secureConnect', () => {
          socket.destroy();
          resolve(null);
        });
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      }),
  },
  {
    name: 'OpenSSL',
    needs: ['openssl', 'openssl'],
    verify: async ({ port, name, root, dir }) => {
      const file = await rootFile(root, dir);
      const expected = isAddress(name)
        ? ['-noservername', '-verify_ip', name]
        : ['-servername', name, '-verify_hostname', name];
      const words = [
        's_client',
        '-connect',
        `127.0.0.1:${port}`,
        '-CAfile',
        file,
        '-x509_strict',
        '-verify_return_error',
        ...expected,
      ];
      return run('openssl', words, /^verify error:(.*)$/m);
    },
  },
  {
    name: 'curl',
    needs: ['curl', 'curl'],
    verify: async ({ port, name, root, dir }) => {
      const file = await rootFile(root, dir);
      const host = name.includes(':') ? `[${name}]` : name;
      const words = [
        '-sS',
        '--cacert',
        file,
        '--connect-to',
        `::127.0.0.1:${port}`,
        '-o',
        '/dev/null',
        '--max-time',
        '10',
        `https://${host}:${port}/`,
      ];
      return run('curl', words, /^curl: (.*)$/m);
    },
  },
  {
    name: 'GnuTLS',
    needs: ['gnutls-cli', 'gnutls-bin'],
    verify: async ({ port, name, root, dir }) => {
      const file = await rootFile(root, dir);
      const sni = isAddress(name) ? ['--disable-sni'] : ['--sni-hostname', name];
      const words = [
        '--x509cafile',
        file,
        ...sni,
        '--verify-hostname',
        name,
        '-p',
        String(port),
        '127.0.0.1',
      ];
      return run('gnutls-cli', words, /^(?:- Status: |\*\*\* )(.*)$/m);
    },
  },
];

/** Why a verifier cannot be asked here, or false. In CI it must be there. */
export function absent({ needs }: Verifier): string | false {
  if (needs === null) return false;
  const [program, debian] = needs;
  if (spawnSync(program, ['--version']).error === undefined) return false;
  if (process.env['CI'] === 'true')
    throw new Error(`${program} is missing: the Debian package ${debian} is expected in CI`);
  return `the Debian package ${debian} would enable it`;
}

async function rootFile(root: string, dir: string): Promise<string> {
  const file = join(dir, 'root-of-verifier.pem');
  await writeFile(file, root);
  return file;
}

/** Null for exit 0; else the line that says why. */
function run(program: string, words: readonly string[], why: RegExp): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 15_000 });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stdin.on('error', () => undefined).end();
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal !== null) reject(new Error(`${program} took too long: ${said.slice(-500)}`));
      else resolve(code === 0 ? null : (why.exec(said)?.[1] ?? `exit ${code}: ${said.slice(-300)}`));
    });
  });
}
