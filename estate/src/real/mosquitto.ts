import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { claimPort } from '../behaviour/port.ts';
import { tester, type Login, type NoOptions, type Server } from './server.ts';

/** MQTT over TLS, for one user. */
export const mosquitto: Server<NoOptions> = {
  name: 'Mosquitto',
  programs: ['mosquitto'],
  packages: ['mosquitto'],
  login: tester,
  async start(desk) {
    const port = await claimPort();
    const config = `
      listener ${port} 127.0.0.1
      certfile ${desk.files.chain}
      keyfile ${desk.files.key}
      allow_anonymous false
      password_file ${await desk.write('passwords', passwordLine(tester))}
      log_dest stderr
    `;
    await desk.start([port], 'mosquitto', ['-c', await desk.write('mosquitto.conf', trimmed(config))]);
    return [port];
  },
};

/** A line of its password file, of the kind `$7$`: PBKDF2 with SHA-512. */
function passwordLine({ user, password }: Login): string {
  const salt = randomBytes(12);
  const rounds = 101;
  const hash = pbkdf2Sync(password, salt, rounds, 64, 'sha512');
  return `${user}:$7$${rounds}$${salt.toString('base64')}$${hash.toString('base64')}\n`;
}

function trimmed(text: string): string {
  return text.replaceAll(/^ +/gm, '');
}
