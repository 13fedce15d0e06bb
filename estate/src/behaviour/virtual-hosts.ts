import { createServer, type SecureVersion, type Server, type TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import type { Credentials } from '../authority.ts';
import { sendAlert, type AlertName } from './alert.ts';
import { ignore, type Behaviour } from './behaviour.ts';
import { serverNameIn } from './client-hello.ts';

/** What a client gets whose server name fits no host: the default certificate, an alert, or a closed connection. */
type Otherwise = Credentials | AlertName | 'close';

/** How a TLS server picks its certificate, and what it asks for. */
export interface VirtualHosts {
  /** Certificates by server name. `*.a.test` holds for one label. */
  readonly hosts?: Readonly<Record<string, Credentials>>;
  /** For a server name that is none of the hosts. */
  readonly unknown: Otherwise;
  /** For a client that sends no server name; as `unknown` when not given. */
  readonly none?: Otherwise;
  /** `exact` compares the server name as sent, as many maps do; `folded`, the right way, when not given. */
  readonly compare?: 'exact' | 'folded';
  /** Send the leaf alone: the intermediate is missing. */
  readonly leafOnly?: boolean;
  /** Demand a client certificate issued by this CA (PEM). */
  readonly clientCa?: string;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  readonly ciphers?: string;
  /** Milliseconds by which the Date header of the HTTP answer is off. */
  readonly clockOff?: number;
}

/**
 * A TLS server with several names on one port. It reads the server name itself and keeps one `tls.Server` for each
 * certificate, so that no fault of this Node's own SNI handling decides which one is sent.
 */
export function virtualHosts(options: VirtualHosts): Behaviour {
  const servers = new Map<Credentials, Server>();
  const serve = (stream: Duplex, choice: Otherwise): void => {
    if (choice === 'close') stream.destroy();
    else if (typeof choice === 'string') sendAlert(stream, choice);
    else {
      const server = servers.get(choice) ?? tlsServer(choice, options);
      servers.set(choice, server);
      server.emit('connection', stream);
    }
  };
  return (stream) => {
    let seen = Buffer.alloc(0);
    const read = (): void => {
      for (
        let octets = stream.read() as Buffer | null;
        octets !== null;
        octets = stream.read() as Buffer | null
      ) {
        seen = Buffer.concat([seen, octets]);
      }
      const name = serverNameIn(seen);
      if (name === undefined) return;
      stream.off('readable', read);
      stream.unshift(seen);
      serve(stream, choose(options, name));
    };
    stream.on('error', ignore);
    stream.on('readable', read);
  };
}

function choose(options: VirtualHosts, sent: string | null): Otherwise {
  if (sent === null) return options.none ?? options.unknown;
  const hosts = options.hosts ?? {};
  const name = options.compare === 'exact' ? sent : sent.toLowerCase();
  return hosts[name] ?? hosts[name.replace(/^[^.]+/, '*')] ?? options.unknown;
}

function tlsServer(credentials: Credentials, options: VirtualHosts): Server {
  const { clientCa, minVersion, maxVersion, ciphers, clockOff = 0 } = options;
  const server = createServer({
    key: credentials.key,
    cert: options.leafOnly === true ? credentials.cert : credentials.chain,
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(ciphers === undefined ? {} : { ciphers }),
  });
  server.on('secureConnection', (socket) => answer(socket, clockOff));
  server.on('tlsClientError', ignore);
  return server;
}

/** Answers a request that looks like HTTP; other protocols get their silence. */
function answer(socket: TLSSocket, clockOff: number): void {
  socket.on('error', ignore);
  socket.once('data', (octets: Buffer) => {
    if (!/^[A-Z]+ \S+ HTTP\/1\./.test(octets.toString('latin1'))) return;
    const date = new Date(Date.now() + clockOff).toUTCString();
    socket.end(`HTTP/1.1 200 OK\r\nDate: ${date}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
}
