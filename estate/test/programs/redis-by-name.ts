import type { Credentials } from '../../src/authority.ts';
import { claimPort } from '../../src/behaviour/port.ts';
import { Desk } from '../../src/real/desk.ts';
import { findProgram } from '../../src/real/program.ts';
import type { Real } from '../../src/real/index.ts';
import type { ByName } from './ftp-by-name.ts';

/** For `skip` of a test; in CI it is no reason to skip. */
export function skipWithoutHaproxy(): string | false {
  if (process.env['CI'] !== undefined || findProgram('haproxy') !== null) return false;
  return 'needs HAProxy: apt install haproxy';
}

/** HAProxy in front of a real Redis: it ends TLS, and picks the certificate by server name. */
export async function redisByName(
  redis: Real,
  certificates: { readonly otherwise: Credentials; readonly named: Credentials },
  trust: { readonly ca: string; readonly name: string },
): Promise<ByName> {
  const desk = await Desk.make(certificates.otherwise);
  const port = await claimPort();
  const named = await desk.write('named.pem', certificates.named.chain + certificates.named.key);
  const ca = await desk.write('ca.pem', trust.ca);
  const config = `
    defaults
      mode tcp
      timeout connect 5s
      timeout client 30s
      timeout server 30s
    frontend names
      bind 127.0.0.1:${port} ssl crt ${desk.files.pair} crt ${named}
      default_backend redis
    backend redis
      server redis 127.0.0.1:${redis.port} ssl verify required ca-file ${ca} verifyhost ${trust.name}
`;
  await desk.start([port], 'haproxy', ['-db', '-f', await desk.write('haproxy.cfg', config)]);
  return { port, close: () => desk.clear() };
}
