import { jsonText } from '@altname/core';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { Proxy, ProxyOptions } from '@altname/proxy';
import { Arguments } from '../arguments.ts';
import { exitOfFault } from '../fault.ts';
import { readConfiguration, usageError, type Configuration } from '../proxy/configuration.ts';
import { proxyFlags, upstreamKey } from '../proxy/options.ts';
import { reloadOnHangup, reloadWhenTold } from '../proxy/reload.ts';
import { tellChecks, tellFailure } from '../proxy/report.ts';
import { isWorker, listenOfWorker, readWorkers, supervise } from '../proxy/supervise.ts';
import { tellSystemd } from '../proxy/systemd.ts';
import { listenToPrimary, primaryIsGone, tellPrimary } from '../proxy/worker.ts';
import type { Workers } from '../proxy/workers.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const interruptedExit = 130;

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const given = new Arguments(words, proxyFlags);
  const workers = readWorkers(given.value('workers'));
  const serves = workers !== null && isWorker();
  endOnFault(terminal);
  const configuration = await readConfiguration(given, terminal);
  const { options, file } = configuration;
  const { createProxy, checkUpstreams, testProxy } = await import('@altname/proxy');
  const onProblem = ({ message }: { readonly message: string }): void => {
    if (serves) void tellPrimary({ altname: 'problem', line: message });
    else terminal.say(message);
  };
  const logged = ({ options: read, words: inWords }: Configuration): ProxyOptions => ({
    ...read,
    // Health and metrics of workers are served by the primary.
    ...(serves && read.admin !== undefined ? { admin: {} } : {}),
    ...(serves ? { listen: listenOfWorker(read.listen) } : {}),
    onFailure: (failure) => tellFailure(failure, terminal, inWords),
    onProblem,
    ...(given.has('quiet')
      ? {}
      : {
          onAccess: (record) => void terminal.print(jsonText(record)),
          onConnection: (record) => void terminal.print(jsonText(record)),
        }),
  });
  try {
    if (given.has('check') && !serves) {
      const checks = await checkUpstreams(options);
      const exit = tellChecks(checks, terminal, configuration.words);
      // What has no name is told once more, as the usage that it is.
      if (exit !== 0 && checks.every(({ isNamed }) => isNamed)) return exit;
    }
    if (given.has('test')) {
      await testProxy({ ...options, onProblem });
      terminal.say(`${file ?? 'the configuration'} is good`);
      return 0;
    }
    const proxy = createProxy(logged(configuration));
    const servingText = (address: AddressInfo): string =>
      `${listeningText(address, proxy.config)}, to ${file === null ? upstreamText(proxy) : upstreamKeys(proxy)}`;
    const tellListening = (address: AddressInfo): void => {
      tellSystemd('--ready');
      terminal.say(servingText(address));
    };
    if (workers !== null && !serves) {
      // It was read, and that is all it was needed for here.
      await proxy.close();
      const onWorkers = (all: Workers): void => {
        const apply = async (next: Configuration): Promise<string> => {
          if (!isDeepStrictEqual(next.options.admin, options.admin)) {
            throw new UsageError('admin: it is settled at the start: start the proxy anew');
          }
          // What is wrong for all is told once.
          await testProxy({ ...next.options, onProblem: () => {} });
          all.reload();
          return 'the workers are told';
        };
        reloadOnHangup({ given, terminal, check: checkUpstreams, apply });
      };
      return await supervise({
        count: workers,
        admin: options.admin,
        terminal,
        fd: proxy.config.listen.fd ?? null,
        onServing: tellListening,
        onWorkers,
      });
    }
    const address = await proxy.listen();
    const reload = async (next: Configuration): Promise<string> =>
      servingText(await proxy.reload(logged(next)));
    if (serves) {
      reloadWhenTold({ given, terminal, apply: reload });
      await tellPrimary({ altname: 'serving', address });
    } else {
      reloadOnHangup({ given, terminal, check: checkUpstreams, apply: reload });
      tellListening(address);
    }
    return await untilStopped(proxy, terminal, serves);
  } catch (error) {
    const lines = configuration.linesOf(error);
    if (!serves || lines === null) throw usageError(lines, error, terminal);
    // The primary says it, once for all.
    await tellPrimary({ altname: 'failed', why: lines.join('; ') });
    return terminal.leave(2);
  }
}

function listeningText({ address, port, family }: AddressInfo, { tls }: Proxy['config']): string {
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `listening on ${tls === null ? 'http' : 'https'}://${host}:${port}`;
}

function upstreamText({ config }: Proxy): string {
  const servers = config.upstreams.find(({ key }) => key === upstreamKey)?.servers ?? [];
  const [first] = servers;
  const places = servers.map(({ origin }) => origin).join(', ');
  const name = first?.connection?.name;
  return `${places}, ${name === undefined ? 'plain HTTP, of which nothing is verified' : `whose certificate has to carry ${name}`}`;
}

function upstreamKeys({ config }: Proxy): string {
  return [...config.upstreams, ...config.tcpUpstreams].map(({ key }) => key).join(', ');
}

/** SIGTERM and SIGINT let what is under way end; a second one does not. */
async function untilStopped(proxy: Proxy, terminal: Terminal, serves: boolean): Promise<number> {
  await new Promise<void>((resolve) => {
    // Not once: a library that is loaded meanwhile (signal-exit) ends a process whose only listener it is.
    let isStopping = false;
    const stop = (): void => {
      if (isStopping) void terminal.leave(interruptedExit);
      isStopping = true;
      resolve();
    };
    process.on('SIGTERM', stop).on('SIGINT', stop);
    if (serves) listenToPrimary(proxy, resolve);
  });
  if (!serves) tellSystemd('--stopping');
  if (!serves) terminal.say('no more connections are taken; what is under way may end');
  await proxy.close();
  return terminal.leave(0);
}

/** What nobody caught is a fault of our own: told with its stack, and the end of this process; workers are replaced. */
function endOnFault(terminal: Terminal): void {
  process.once('uncaughtException', (error) => {
    void primaryIsGone(error)
      .then((isGone) => (isGone ? 0 : exitOfFault(error, terminal)))
      .then((exit) => terminal.leave(exit));
  });
}

export const help = `A reverse proxy that gets the names of its upstream right.

Usage:
    altname proxy --listen 8443 --dev-cert --to https://api.example.com
        in front of an upstream that has a name

    altname proxy --listen 8443 --cert front.pem --key front-key.pem \\
      --to https://10.0.0.5 --name api.example.com --ca company-ca.pem --check
        dials an address, and sends and checks api.example.com; asks the
        upstream before it serves

    altname proxy --config proxy.yaml --check
        several upstreams, routes and certificates, from a file

What the upstream is sent as server name, and what its certificate has to
carry, is the host of --to, or --name: never what a client sent. It is always
verified.

In front (plain HTTP when none is given):
    --listen PORT           a port, or host:port; systemd or systemd:NAME for
                            the socket of a .socket unit, fd:3 for an open one
    --cert FILE, --key FILE
    --cert-dir DIR          many certificates, chosen by server name
    --dev-cert              one of altname cert, for localhost

The upstream:
    --to URL                https://host or https://host:port; may be repeated
                            for servers that are alike; http://host:port and
                            unix:/path verify nothing
    --name NAME             the name its certificate has to carry; needed where
                            --to is an address
    --ca FILE               trusted beside the default roots
    --client-cert FILE, --client-key FILE
                            what the proxy shows when it is asked
    --host HOST             the Host header it gets: preserve (that of the
                            client, the default), upstream, or this one

All of it, and more, from a file (YAML, or JSON):
    --config FILE           --listen beside it is in place of that of the file
    --test                  say whether it is good, and serve nothing; with
                            --check, ask the upstreams, too

And:
    --trust RANGE           peers whose Forwarded and X-Forwarded-* are
                            believed, such as 10.0.0.0/8; may be repeated
    --admin PORT            /-/healthy, /-/ready and /metrics, on 127.0.0.1
                            unless host:port is given
    --workers N             that many processes, or auto for one on each core;
                            one that ends is replaced
    --check                 ask the upstream before serving, and say what is
                            wrong with its names
    -q, --quiet             no line for each request
    --no-color              no colour

stdout: a line of JSON for each request. stderr: what went wrong with the
upstream; the client gets 502 and an id. SIGTERM lets requests end first. SIGHUP
reads the file again, and those that are named, and loses no request.

Exit codes: 0 stopped, or --test: good, 1 --check: an upstream is refused, 2
usage, 3 --check: nobody could be asked, 70 a fault of altname itself.
`;
