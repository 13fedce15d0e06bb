import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { check, type Attempt, type ProbeOptions, type StartTls } from '../src/index.ts';
import { Desk, skipWithout } from './daemon.ts';
import { createRoot, fingerprints, freePort, type Credentials, type Issuer } from './loopback.ts';

// STARTTLS with the servers of Debian themselves. nntp has none here: inn2 installs only on a host with a domain.

/** A server as Debian packs it, and how to start it for one or more protocols. */
interface Daemon {
  readonly program: string;
  /** The Debian package that brings it. */
  readonly package: string;
  readonly speaks: readonly StartTls[];
  readonly start: (desk: Desk, files: Files, ports: readonly number[]) => Promise<void>;
}

/** Paths of PEM files. */
interface Files {
  readonly chain: string;
  readonly key: string;
  readonly root: string;
}

const daemons: readonly Daemon[] = [
  {
    program: 'postgres',
    package: 'postgresql',
    speaks: ['postgres'],
    async start(desk, { chain, key }, [port]) {
      const data = `${desk.folder}/data`;
      await desk.run('initdb', '-D', data, '-A', 'trust', '-U', 'test', '--no-sync', '--locale=C');
      const settings = [
        'listen_addresses=127.0.0.1',
        'unix_socket_directories=',
        'fsync=off',
        'ssl=on',
        `ssl_cert_file=${chain}`,
        `ssl_key_file=${key}`,
      ].flatMap((setting) => ['-c', setting]);
      await desk.start([port ?? 0], 'postgres', '-D', data, '-p', String(port), ...settings);
    },
  },
  {
    program: 'mariadbd',
    package: 'mariadb-server-core',
    speaks: ['mysql'],
    async start(desk, { chain, key }, [port]) {
      const data = await desk.makeFolder('data');
      await desk.start(
        [port ?? 0],
        'mariadbd',
        '--no-defaults',
        '--skip-grant-tables',
        '--skip-innodb',
        '--default-storage-engine=Aria',
        '--bind-address=127.0.0.1',
        `--datadir=${data}`,
        `--socket=${desk.folder}/socket`,
        `--port=${port}`,
        `--ssl-cert=${chain}`,
        `--ssl-key=${key}`,
      );
    },
  },
  {
    program: 'dovecot',
    package: 'dovecot-imapd dovecot-pop3d dovecot-lmtpd dovecot-managesieved',
    speaks: ['imap', 'pop3', 'lmtp', 'sieve'],
    async start(desk, { chain, key }, ports) {
      const [imap = 0, pop3 = 0, lmtp = 0, sieve = 0] = ports;
      const { user, group } = desk.owner;
      const listener = (name: string, port: number): string =>
        `inet_listener ${name} {\n address = 127.0.0.1\n port = ${port}\n}\n`;
      const service = (name: string, ...listeners: readonly string[]): string =>
        `service ${name} {\n chroot =\n ${listeners.join('')}}\n`;
      const config = `
        protocols = imap pop3 lmtp sieve
        base_dir = ${desk.folder}/run
        state_dir = ${desk.folder}/state
        log_path = /dev/stderr
        default_internal_user = ${user}
        default_internal_group = ${group}
        default_login_user = ${user}
        mail_location = maildir:${desk.folder}/mail
        ssl = required
        ssl_cert = <${chain}
        ssl_key = <${key}
        passdb {
          driver = static
          args = nopassword
        }
        ${service('anvil')}
        ${service('stats')}
        ${service('lmtp', listener('lmtp', lmtp))}
        ${service('imap-login', listener('imap', imap), listener('imaps', 0))}
        ${service('pop3-login', listener('pop3', pop3), listener('pop3s', 0))}
        ${service('managesieve-login', listener('sieve', sieve))}
      `;
      await desk.start(ports, 'dovecot', '-F', '-c', await desk.write('dovecot.conf', config));
    },
  },
  {
    program: 'exim4',
    package: 'exim4-daemon-light',
    speaks: ['smtp'],
    async start(desk, { chain, key }, [port]) {
      const config = `
        keep_environment =
        exim_user = ${desk.owner.user}
        exim_group = ${desk.owner.group}
        primary_hostname = mail.shop.test
        spool_directory = ${desk.folder}
        log_file_path = ${desk.folder}/%slog
        pid_file_path = ${desk.folder}/pid
        rfc1413_query_timeout = 0s
        tls_advertise_hosts = *
        tls_certificate = ${chain}
        tls_privatekey = ${key}
      `.replaceAll(/^ +/gm, '');
      const file = await desk.write('exim.conf', config);
      await desk.start([port ?? 0], 'exim4', '-C', file, '-bdf', '-oX', `[127.0.0.1]:${port}`);
    },
  },
  {
    program: 'slapd',
    package: 'slapd',
    speaks: ['ldap'],
    async start(desk, { chain, key, root }, [port]) {
      const config = `TLSCACertificateFile ${root}\nTLSCertificateFile ${chain}\nTLSCertificateKeyFile ${key}\n`;
      const file = await desk.write('slapd.conf', `${config}pidfile ${desk.folder}/pid\n`);
      await desk.start([port ?? 0], 'slapd', '-h', `ldap://127.0.0.1:${port}`, '-f', file, '-d', '0');
    },
  },
  {
    program: 'prosody',
    package: 'prosody',
    speaks: ['xmpp'],
    async start(desk, { chain, key }, [port]) {
      const none = ['s2s', 's2s_direct_tls', 'c2s_direct_tls', 'http', 'https', 'component'];
      const config = `
        data_path = "${await desk.makeFolder('data')}"
        pidfile = "${desk.folder}/pid"
        interfaces = { "127.0.0.1" }
        c2s_ports = { ${port} }
        ${none.map((name) => `${name}_ports = { }`).join('\n')}
        modules_enabled = { "tls" }
        modules_disabled = { "s2s" }
        log = { { levels = { min = "error" }, to = "console" } }
        ssl = { key = "${key}", certificate = "${chain}" }
        VirtualHost "shop.test"
        VirtualHost "other.test"
      `;
      const file = await desk.write('prosody.cfg.lua', config);
      await desk.start([port ?? 0], 'prosody', '-F', '--config', file);
    },
  },
  {
    program: 'vsftpd',
    package: 'vsftpd',
    speaks: ['ftp'],
    async start(desk, { chain, key }, [port]) {
      const settings = {
        listen: 'YES',
        listen_address: '127.0.0.1',
        listen_port: port,
        background: 'NO',
        run_as_launching_user: 'YES',
        seccomp_sandbox: 'NO',
        anonymous_enable: 'YES',
        secure_chroot_dir: await desk.makeFolder('empty'),
        vsftpd_log_file: `${desk.folder}/log`,
        ssl_enable: 'YES',
        rsa_cert_file: chain,
        rsa_private_key_file: key,
      };
      const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
      await desk.start([port ?? 0], 'vsftpd', await desk.write('vsftpd.conf', lines.join('')));
    },
  },
];

const root: Issuer = await createRoot();
const credentials: Credentials = await (
  await root.intermediate('Between')
).issue({ names: ['shop.test'], commonName: 'shop.test', rsa: true });

for (const daemon of daemons) {
  const skip = skipWithout(daemon.program, daemon.package);
  describe(daemon.program, { skip, concurrency: true }, () => {
    let desk: Desk;
    const ports: number[] = [];

    before(async () => {
      desk = await Desk.make();
      const files = {
        chain: await desk.write('chain.pem', credentials.chain),
        key: await desk.write('key.pem', credentials.key),
        root: await desk.write('root.pem', root.cert),
      };
      for (const _ of daemon.speaks) ports.push(await freePort());
      await daemon.start(desk, files, ports);
    });
    after(() => desk?.clear());

    for (const [i, protocol] of daemon.speaks.entries()) {
      const ask = async (target: string, more: ProbeOptions = {}): ReturnType<typeof check> =>
        await check(target, { connect: `127.0.0.1:${ports[i]}`, ca: root.cert, timeout: 8000, ...more });

      it(`comes to TLS after ${protocol}, by the scheme`, async () => {
        const diagnosis = await ask(`${protocol}://shop.test`);
        assert.equal(diagnosis.verdict, 'accepted', JSON.stringify(diagnosis.attempts));
        assert.equal(diagnosis.names.sent.value, 'shop.test');
        assert.equal(diagnosis.names.host.value, null);
      });

      it(`shows over ${protocol} a wrong name, and the chain as it is sent`, async () => {
        const { verdict, node, attempts } = await ask('other.test', { starttls: protocol });
        assert.deepEqual([verdict, node.error?.code], ['refused', 'ERR_TLS_CERT_ALTNAME_INVALID']);
        const sent = attempts.find(({ purpose }) => purpose === 'as-sent')?.outcome;
        assert.equal(sent?.kind, 'handshake');
        assert.equal(sent.chainFrom, 'wire');
        assert.deepEqual(sent.chain, fingerprints(credentials.chain));
        for (const { outcome } of attempts) assert.equal(outcome.kind, 'handshake');
      });

      it(`is known as ${protocol} when it is asked for TLS at once`, async () => {
        const { cause, attempts } = await ask('https://shop.test');
        const plain = attempts.find(({ purpose }) => purpose === 'plain')?.outcome;
        assert.equal(speaks(plain), protocol, JSON.stringify(attempts));
        assert.equal(cause?.code, 'starttls-needed');
      });

      it(`refuses another protocol than ${protocol} before TLS, in time`, async () => {
        const other: StartTls = protocol === 'imap' ? 'pop3' : 'imap';
        const { attempts } = await ask('shop.test', { starttls: other, timeout: 1000 });
        const [own] = attempts;
        const { kind } = own?.outcome ?? {};
        assert.ok(kind === 'starttls-failed' || kind === 'timeout', JSON.stringify(own));
      });
    }
  });
}

function speaks(outcome: Attempt['outcome'] | undefined): string | null {
  return outcome?.kind === 'not-tls' ? outcome.speaks : null;
}
