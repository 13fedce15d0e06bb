import { claimPort } from '../behaviour/port.ts';
import { tester, type Server } from './server.ts';

export interface SquidOptions {
  /** How clients talk to the proxy itself: `https://` when not given. */
  readonly tls?: boolean;
  /** Addresses of the names that may be asked for; others it does not know. */
  readonly hosts?: Readonly<Record<string, string>>;
}

/** A forward proxy that takes CONNECT to any port of loopback, from anybody. */
export const squid: Server<SquidOptions> = {
  name: 'Squid',
  programs: ['squid'],
  packages: ['squid-openssl'],
  login: tester,
  async start(desk, { tls = true, hosts = {} }) {
    const port = await claimPort();
    const lines = Object.entries(hosts).map(([name, address]) => `${address} ${name}\n`);
    const listener = tls
      ? `https_port 127.0.0.1:${port} tls-cert=${desk.files.pair}`
      : `http_port 127.0.0.1:${port}`;
    const config = `
      ${listener}
      visible_hostname proxy.shop.test
      acl loopback dst 127.0.0.0/8
      http_access allow CONNECT loopback
      http_access deny all
      hosts_file ${await desk.write('hosts', lines.join(''))}
      # Nobody listens there: what is not in the file of hosts is not found, and nothing leaves this machine.
      dns_nameservers 127.0.0.1
      dns_timeout 1 second
      cache deny all
      cache_mem 0 MB
      access_log none
      cache_log /dev/null
      sslproxy_session_cache_size 0
      sslproxy_session_ttl 0
      pid_filename none
      coredump_dir none
      shutdown_lifetime 0 seconds
      logfile_rotate 0
      pinger_enable off
      max_filedescriptors 1024
    `;
    const file = await desk.write('squid.conf', config.replaceAll(/^ +/gm, ''));
    // A name of its own, for its shared memory; killed, it would leave that behind.
    const args = ['-N', '-d', '1', '-n', `altname${port}`, '-f', file];
    await desk.start([port], 'squid', args, { end: 'SIGTERM' });
    return [port];
  },
};
