import { startNode } from '../recipes/child.ts';
import type { Telling } from '../recipes/ear.ts';
import { program, type Place, type PlainOrder, type PlainResult } from '../recipes/plain.ts';
import type { Sink } from '../recipes/sink.ts';
import { dialled, site, variablesOf, type Lab } from './lab.ts';
import type { Subject } from './subjects.ts';

/** What a client does by itself, as measured. */
export interface ClientFacts {
  /** The server name sent for a DNS host. */
  readonly sentForDns: 'host' | 'none';
  /** The server name sent for an IP host; `refused`: Node refuses the address the client gives it as server name. */
  readonly sentForIp: 'none' | 'address' | 'refused';
  /** The name compared for a DNS host; `address`: the client resolved the host before. */
  readonly checkedForDns: Checked;
  /** The name compared for an IP host. */
  readonly checkedForIp: Checked;
  /** What a Host header does to the server name; `none`: the protocol has none. */
  readonly hostHeader: 'becomes-server-name' | 'kept' | 'dropped' | 'none';
  /** How a certificate for another name comes to the program. */
  readonly tellings: readonly Telling[];
}

type Checked = 'host' | 'address' | 'localhost' | 'not-checked' | 'nothing';

/**
 * Measures the facts of a client, and that every fault is a fault for it.
 *
 * @throws Error when a server that has a fault was accepted, other than for a client that checks no names
 */
export async function measureFacts(lab: Lab, subject: Subject, withHost: boolean): Promise<ClientFacts> {
  const { expectedOnly, unknownDns, everything } = lab.leaves;
  const sinks: Sink[] = [];
  for (const leaf of [expectedOnly, expectedOnly, unknownDns, expectedOnly, everything]) {
    sinks.push(await lab.open(subject.speech, leaf));
  }
  const [byName, byAddress, unknownCa, header, headerAccepted] = sinks as [Sink, Sink, Sink, Sink, Sink];
  const results = await connectPlainly(lab, subject, [
    { host: dialled, port: byName.port, hostHeader: null },
    { host: '127.0.0.1', port: byAddress.port, hostHeader: null },
    { host: dialled, port: unknownCa.port, hostHeader: null },
    ...(withHost
      ? [
          { host: '127.0.0.1', port: header.port, hostHeader: site },
          { host: dialled, port: headerAccepted.port, hostHeader: site },
        ]
      : []),
  ]);
  const [forName, forAddress, forCa, forHeader, forHeaderAccepted] = results;

  mustBeRefused(unknownCa, forCa, chainError);
  let hostHeader: ClientFacts['hostHeader'] = 'none';
  if (withHost) {
    mustBeRefused(header, forHeader, nameErrorOrRefusal);
    if (forHeaderAccepted?.error !== null) throw new Error(`with a Host header: ${forHeaderAccepted?.error}`);
    const host = hostIn(headerAccepted.seen.received);
    const sent = onlyOne(headerAccepted.seen.sent);
    hostHeader = host !== site ? 'dropped' : sent === site ? 'becomes-server-name' : 'kept';
    if (hostHeader === 'kept' && sent !== dialled) throw new Error(`with a Host header, ${sent} was sent`);
  }
  const forIp = byAddress.seen.sent.length === 0 ? 'refused' : onlyOne(byAddress.seen.sent);
  return {
    sentForDns: named(onlyOne(byName.seen.sent), { host: dialled, none: null }),
    sentForIp: named(forIp, { address: '127.0.0.1', none: null, refused: 'refused' }),
    checkedForDns: checkedBy(byName, forName),
    checkedForIp: checkedBy(byAddress, forAddress),
    hostHeader,
    tellings: forName?.tellings ?? [],
  };
}

const nameError = /(?:Host: (\S+)\. is not in the cert's altnames|IP: (\S+) is not in the cert's list)/;
/** Node 26 throws for an address as server name: nothing is sent at all. */
const addressRefused = /ServerName to an IP address is not permitted/;
const nameErrorOrRefusal = new RegExp(`${nameError.source}|${addressRefused.source}`);
const chainError = /unable to (verify the first|get local issuer) certificate|self-signed certificate/;

async function connectPlainly(lab: Lab, subject: Subject, places: readonly Place[]): Promise<PlainResult[]> {
  const { client, mode, package: load } = subject;
  const order: PlainOrder = { client, mode, package: load, places };
  const args = [program, JSON.stringify(order)];
  const child = startNode(args, lab.files.known, 60_000, variablesOf(lab, subject));
  const { code, stdout, stderr } = await child.ended;
  if (code !== 0) throw new Error(`the plain program ended with ${code}:\n${stderr}`);
  return JSON.parse(stdout) as PlainResult[];
}

/** The name that was compared with the certificate. */
function checkedBy(sink: Sink, result: PlainResult | undefined): Checked {
  if (result === undefined) throw new Error('no result');
  if (result.error === null) {
    if (sink.seen.received === '') throw new Error('accepted, but nothing was sent');
    return 'not-checked';
  }
  if (addressRefused.test(textOf(result))) return 'nothing';
  mustBeRefused(sink, result, nameError);
  const [, host, address] = nameError.exec(textOf(result)) ?? [];
  return named(host ?? address ?? '', { host: dialled, address: '127.0.0.1', localhost: 'localhost' });
}

function mustBeRefused({ seen }: Sink, result: PlainResult | undefined, why: RegExp): void {
  if (result === undefined || result.error === null) throw new Error('accepted, or not asked');
  if (!why.test(textOf(result))) throw new Error(`not refused for ${why}, but: ${textOf(result)}`);
  if (seen.received !== '') throw new Error(`a server that was refused got: ${seen.received}`);
}

function textOf({ error, socketErrors }: PlainResult): string {
  return `${error}\n${socketErrors}`;
}

/** The one value of a list: a client may try more than once, but always sends the same. */
function onlyOne<T>(values: readonly T[]): T {
  const [first, ...others] = new Set(values);
  if (first === undefined || others.length > 0) throw new Error(`not one value: ${JSON.stringify(values)}`);
  return first;
}

function named<K extends string>(value: string | null, names: Readonly<Record<K, string | null>>): K {
  const found = Object.entries(names).find(([, each]) => each === value);
  if (found === undefined) throw new Error(`${value} is none of ${JSON.stringify(names)}`);
  return found[0] as K;
}

/** The Host header, or `:authority`, of the first request. */
export function hostIn(received: string): string | undefined {
  return /^(?:host|:authority): (.*?)\r?$/im.exec(received)?.[1];
}
