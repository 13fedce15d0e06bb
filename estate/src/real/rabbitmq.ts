import { claimPort } from '../behaviour/port.ts';
import { tester, type NoOptions, type Server } from './server.ts';

/** AMQP 0-9-1 over TLS. */
export const rabbitmq: Server<NoOptions> = {
  name: 'RabbitMQ',
  programs: ['rabbitmq-server', 'epmd', 'erl'],
  packages: ['rabbitmq-server'],
  login: tester,
  async start(desk) {
    const [port, names, distribution] = [await claimPort(), await claimPort(), await claimPort()];
    const config = `
      listeners.tcp = none
      listeners.ssl.1 = 127.0.0.1:${port}
      ssl_options.certfile = ${desk.files.chain}
      ssl_options.keyfile = ${desk.files.key}
      ssl_options.verify = verify_none
      default_user = ${tester.user}
      default_pass = ${tester.password}
      log.console = true
      log.console.level = warning
      log.file = false
    `;
    const { folder } = desk;
    const env = {
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: String(names),
      RABBITMQ_NODENAME: 'altname@localhost',
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_CONFIG_FILE: await desk.write('rabbitmq.conf', config.replaceAll(/^ +/gm, '')),
      RABBITMQ_CONF_ENV_FILE: await desk.write('rabbitmq-env.conf', ''),
      RABBITMQ_ENABLED_PLUGINS_FILE: await desk.write('plugins', '[].\n'),
      RABBITMQ_MNESIA_BASE: `${folder}/mnesia`,
      RABBITMQ_LOG_BASE: `${folder}/log`,
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    };
    // Otherwise the first node starts one that outlives it.
    await desk.start([names], 'epmd', ['-address', '127.0.0.1', '-port', String(names)]);
    await desk.start([port], 'rabbitmq-server', [], { env, ready: /completed with \d+ plugins/ });
    return [port];
  },
};
