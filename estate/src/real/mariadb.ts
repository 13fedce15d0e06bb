import { readFile } from 'node:fs/promises';
import { claimPort } from '../behaviour/port.ts';
import { tester, type NoOptions, type Server } from './server.ts';

/** TLS after the handshake packet, and a login with a password; the data base is `shop`. */
export const mariadb: Server<NoOptions> = {
  name: 'MariaDB',
  programs: ['mariadbd'],
  packages: ['mariadb-server-core'],
  login: tester,
  async start(desk) {
    const port = await claimPort();
    const data = await desk.makeFolder('data');
    await desk.makeFolder('data/mysql');
    const first = [
      'USE mysql;',
      await readFile('/usr/share/mysql/mysql_system_tables.sql', 'utf8'),
      'FLUSH PRIVILEGES;',
      `CREATE USER ${tester.user}@'127.0.0.1' IDENTIFIED BY '${tester.password}';`,
      `GRANT ALL ON *.* TO ${tester.user}@'127.0.0.1';`,
      'CREATE DATABASE shop;',
      '',
    ];
    const args = [
      '--no-defaults',
      // There are no users until the first file has made them and FLUSH PRIVILEGES has read them.
      '--skip-grant-tables',
      `--init-file=${await desk.write('first.sql', first.join('\n'))}`,
      '--skip-name-resolve',
      '--skip-innodb',
      '--default-storage-engine=Aria',
      '--bind-address=127.0.0.1',
      `--datadir=${data}`,
      `--socket=${desk.folder}/socket`,
      `--port=${port}`,
      `--ssl-cert=${desk.files.chain}`,
      `--ssl-key=${desk.files.key}`,
    ];
    await desk.start([port], 'mariadbd', args, { ready: /ready for connections/ });
    return [port];
  },
};
