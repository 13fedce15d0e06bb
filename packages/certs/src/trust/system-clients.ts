import { join } from 'node:path';
import type { Machine } from './machine.ts';
import type { TrustClient } from './trust-client.ts';

const python = `import socket, ssl, sys
port, path = int(sys.argv[1]), sys.argv[2]
with socket.create_connection(("127.0.0.1", port), 10) as plain:
    with ssl.create_default_context().wrap_socket(plain, server_hostname="127.0.0.1") as tls:
        tls.sendall(("GET %s HTTP/1.0\\r\\n\\r\\n" % path).encode())
        tls.recv(99)
`;

/** Programs that read the system's store. Each is asked as it is, with its own roots and its files of options passed over. */
export function systemClients(machine: Machine): TrustClient[] {
  if (machine.platform === 'win32') {
    // By its path: another curl brings its own roots.
    return [curl(machine, join(machine.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'curl.exe'))];
  }
  if (machine.platform === 'darwin') return [curl(machine, '/usr/bin/curl')];
  const client = (
    name: string,
    program: string,
    variables: readonly string[],
  ): Omit<TrustClient, 'call'> => ({
    store: 'system',
    changedBy: 'system',
    client: name,
    where: machine.find(program),
    lacks: null,
    variables,
    counts: true,
  });
  const [openssl, gnutls, python3] = ['openssl', 'gnutls-cli', 'python3'].map((name) => machine.find(name));
  const ofOpenssl = ['SSL_CERT_FILE', 'SSL_CERT_DIR'];
  return [
    {
      ...client('OpenSSL', 'openssl', ofOpenssl),
      call: called(openssl, (program) => ({
        argv: (port) => [
          ...[program, 's_client', '-connect', `127.0.0.1:${port}`, '-verify_ip', '127.0.0.1'],
          ...['-verify_return_error', '-brief', '-ign_eof'],
        ],
        requestOnStdin: true,
        reason: /verify error:num=\d+:([^\n]*)/,
      })),
    },
    curl(machine, machine.find('curl')),
    {
      ...client('GnuTLS', 'gnutls-cli', []),
      call: called(gnutls, (program) => ({
        argv: (port) => [program, '--port', String(port), '--verify-hostname', '127.0.0.1', '127.0.0.1'],
        requestOnStdin: true,
        reason: /Status: ([^\n]*)/,
      })),
    },
    {
      ...client('Python', 'python3', ofOpenssl),
      call: called(python3, (program) => ({
        argv: (port, path) => [program, '-I', '-c', python, String(port), path],
        reason: /verify failed: ([^\n(]*)/,
      })),
    },
  ];
}

function curl(machine: Machine, file: string | null): TrustClient {
  const program = file !== null && machine.exists(file) ? file : null;
  return {
    store: 'system',
    changedBy: 'system',
    client: 'curl',
    where: program,
    lacks: null,
    variables: ['CURL_CA_BUNDLE', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
    counts: true,
    call: called(program, (found) => ({
      argv: (port, path) => [found, '-q', '-sS', '--noproxy', '*', `https://127.0.0.1:${port}${path}`],
      reason: /curl: \(\d+\) ([^\n]*)/,
    })),
  };
}

function called<T>(program: string | null | undefined, call: (program: string) => T): T | null {
  return program === null || program === undefined ? null : call(program);
}
