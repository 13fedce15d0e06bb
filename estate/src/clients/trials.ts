import { clientProfiles } from '@altname/core';
import { startNode } from '../recipes/child.ts';
import type { Seen, Sink } from '../recipes/sink.ts';
import { hostIn } from './facts.ts';
import { expected, site, variablesOf, type Lab } from './lab.ts';
import type { Subject } from './subjects.ts';

/** The recipes of a profile. */
export type RecipeKind = 'expectName' | 'addCa' | 'keepHostHeader' | 'verifyName' | 'expectProxyName';

/** One recipe, run as it stands against the fault that it is for. */
export interface Trial {
  readonly kind: RecipeKind;
  readonly title: string;
  /** It needs ::1. */
  readonly ipv6: boolean;
  /**
   * True when it worked, null when there is no such recipe.
   *
   * @throws Error when there is one and it does not work
   */
  run(lab: Lab): Promise<true | null>;
}

/** Every trial of a client. */
export function trialsOf(subject: Subject): Trial[] {
  if (subject.mode === 'verify-name') {
    return [
      trial('verifyName', 'a name dialled', (lab) => verifyName(lab, subject)),
      trial('verifyName', 'another name on the certificate', (lab) => verifyNameRefuses(lab, subject)),
    ];
  }
  if (subject.mode === 'proxy-leg') {
    return [trial('expectProxyName', 'an address dialled', (lab) => expectProxyName(lab, subject))];
  }
  return [
    trial('expectName', 'an address dialled', (lab) => expectName(lab, subject, '127.0.0.1')),
    {
      ...trial('expectName', 'an IPv6 address dialled', (lab) => expectName(lab, subject, '::1')),
      ipv6: true,
    },
    trial('expectName', 'a name dialled', (lab) => expectName(lab, subject, 'localhost')),
    trial('addCa', 'a name dialled', (lab) => addCa(lab, subject, 'localhost')),
    trial('addCa', 'an address dialled', (lab) => addCa(lab, subject, '127.0.0.1')),
    trial('keepHostHeader', 'an address dialled', (lab) => keepHostHeader(lab, subject)),
  ];
}

function trial(kind: RecipeKind, title: string, run: Trial['run']): Trial {
  return { kind, title, ipv6: false, run };
}

async function expectName(lab: Lab, subject: Subject, dial: string): Promise<true | null> {
  const profile = clientProfiles[subject.client];
  const sink = await lab.open(subject.speech, lab.leaves.expectedOnly, dial === '::1' ? '::1' : '127.0.0.1');
  const recipe = profile.expectName({ dial, port: sink.port, name: expected });
  if (recipe === null) return null;
  const lost = profile.servernameOption === 'loses-to-dns-host' && dial === 'localhost';
  await mustWork(lab, subject, recipe, sink, lab.files.known, lost ? 'localhost' : expected);
  return true;
}

async function addCa(lab: Lab, subject: Subject, name: string): Promise<true | null> {
  const byAddress = name === '127.0.0.1';
  const sink = await lab.open(subject.speech, byAddress ? lab.leaves.unknownIp : lab.leaves.unknownDns);
  const recipe = clientProfiles[subject.client].addCa({ name, port: sink.port, file: lab.files.unknown });
  if (recipe === null) return null;
  await mustWork(lab, subject, recipe, sink, null, byAddress ? null : name);
  return true;
}

async function keepHostHeader(lab: Lab, subject: Subject): Promise<true | null> {
  const sink = await lab.open(subject.speech, lab.leaves.expectedOnly);
  const values = { dial: '127.0.0.1', port: sink.port, name: expected, hostHeader: site };
  const recipe = clientProfiles[subject.client].keepHostHeader(values);
  if (recipe === null) return null;
  const { received } = await mustWork(lab, subject, recipe, sink, lab.files.known, expected);
  if (hostIn(received) !== site) throw new Error(`the Host header was ${hostIn(received)}`);
  return true;
}

async function verifyName(lab: Lab, subject: Subject): Promise<true | null> {
  const sink = await lab.open(subject.speech, lab.leaves.localhost);
  const recipe = clientProfiles[subject.client].verifyName?.({
    dial: 'localhost',
    port: sink.port,
    name: 'localhost',
  });
  if (recipe === undefined || recipe === null) return null;
  await mustWork(lab, subject, recipe, sink, lab.files.known, 'localhost');
  return true;
}

async function verifyNameRefuses(lab: Lab, subject: Subject): Promise<true | null> {
  const sink = await lab.open(subject.speech, lab.leaves.expectedOnly);
  const recipe = clientProfiles[subject.client].verifyName?.({
    dial: 'localhost',
    port: sink.port,
    name: 'localhost',
  });
  if (recipe === undefined || recipe === null) return null;
  await mustBeRefused(lab, subject, recipe, sink, 'localhost');
  return true;
}

async function expectProxyName(lab: Lab, subject: Subject): Promise<true | null> {
  const sink = await lab.open(subject.speech, lab.leaves.expectedOnly);
  const recipe = clientProfiles[subject.client].expectProxyName?.({ name: expected }) ?? null;
  if (recipe === null) return null;
  const variables = { HTTPS_PROXY: `https://127.0.0.1:${sink.port}`, TARGET_URL: 'https://target.test/' };
  const { received } = await mustWork(lab, subject, recipe, sink, lab.files.known, expected, variables);
  if (!received.startsWith('CONNECT target.test:443 ')) throw new Error(`the proxy got: ${received}`);
  return true;
}

/**
 * Runs a recipe as a user would, until its data is at the server: Node verifies a certificate after the handshake of
 * TLS 1.3, so a handshake alone proves nothing.
 *
 * @throws Error when no data came, or another server name was sent
 */
export async function mustWork(
  lab: Lab,
  subject: Subject,
  recipe: string,
  sink: Sink,
  extraCa: string | null,
  sent: string | null,
  variables: Readonly<Record<string, string>> = {},
): Promise<Seen> {
  const child = startNode([await writeRecipe(lab, subject, recipe)], extraCa, 30_000, {
    ...variablesOf(lab, subject),
    ...variables,
  });
  const ended = child.ended.then(() => false);
  const complete = (seen: Seen): boolean => /:authority|\r\n\r\n/.test(seen.received);
  const isHttp = subject.speech === 'http' || subject.speech === 'h2';
  const enough = isHttp ? complete : ({ received }: Seen) => received !== '';
  const arrived = sink.until(enough, 30_000);
  if (!(await Promise.race([arrived, ended.then(() => sink.until(enough, 200))]))) {
    const { stderr, stdout } = await child.ended;
    throw new Error(`no data came from this recipe:\n${recipe}\n${stdout}${stderr}`);
  }
  child.stop();
  await child.ended;
  mustHaveSent(sink, sent);
  return sink.seen;
}

/**
 * Runs code until it ends, refused for the name on the certificate.
 *
 * @returns what it printed on stderr
 * @throws Error when it was not, or another server name was sent
 */
export async function mustBeRefused(
  lab: Lab,
  subject: Subject,
  code: string,
  sink: Sink,
  sent: string | null,
): Promise<string> {
  const file = await writeRecipe(lab, subject, code);
  const child = startNode([file], lab.files.known, 30_000, variablesOf(lab, subject));
  const { code: exit, stderr } = await child.ended;
  if (exit !== 1 || !/is not in the cert's (altnames|list)/.test(stderr)) {
    throw new Error(`not refused for its name, but ended with ${exit}: ${stderr}`);
  }
  if (sink.seen.received !== '') throw new Error(`a server that was refused got: ${sink.seen.received}`);
  mustHaveSent(sink, sent);
  return stderr;
}

/** A client may try more than once: server names are compared as sets. */
function mustHaveSent({ seen }: Sink, sent: string | null): void {
  const names = [...new Set(seen.sent)];
  if (names.length !== 1 || names[0] !== sent) {
    throw new Error(`sent ${JSON.stringify(names)}, not ${JSON.stringify(sent)}`);
  }
}

async function writeRecipe(lab: Lab, { client, package: alias }: Subject, recipe: string): Promise<string> {
  const pack = clientProfiles[client].package;
  const imports = alias === null || pack === null ? recipe : recipe.replaceAll(`'${pack}'`, `'${alias}'`);
  return await lab.write(client, imports + (firstWords[client] ?? ''));
}

/** A request to a reverse proxy of a recipe, with the Host header of its user. */
const throughProxy = `
const { get } = await import('node:http');
proxy._server.once('listening', () => {
  const { port } = proxy._server.address();
  get({ host: 'localhost', port, headers: { host: '${site}' } }).on('error', () => {});
});
`;

/** What is put behind a recipe that only connects, to see what it would send. */
const firstWords: Readonly<Record<string, string>> = {
  tls: `socket.write('first words');`,
  'grpc-js': `client.makeUnaryRequest('/first.Words/Call', (x) => x, (x) => x, Buffer.alloc(0), () => {});`,
  'http-proxy': throughProxy,
  httpxy: throughProxy,
};
