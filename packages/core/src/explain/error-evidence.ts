import { clientProfiles } from '../diagnosis/clients/index.ts';
import type { AppFacts, ChosenName, ClientName, Evidence, Outcome, SixNames } from '../diagnosis/evidence.ts';
import { failureOutcome } from '../diagnosis/failure.ts';
import { hostOfHeader } from '../names/host-header.ts';
import { readIdentifier } from '../names/identifier.ts';
import { printable } from '../names/printable.ts';
import type { ErrorFailure } from './error-failure.ts';
import type { ErrorPlaces, Place } from './error-place.ts';
import { factsOfNames } from './text-view.ts';

/** Everything that is known beside the failure itself. */
export interface ErrorSetting {
  readonly client: ClientName | null;
  readonly places: ErrorPlaces;
  readonly app: AppFacts;
  /** ISO 8601, UTC. */
  readonly clock: string;
  readonly node: Evidence['node'];
}

/**
 * The evidence that is in an error, twice: as it is `known`, and as the rules of the catalogue read it.
 *
 * An error does not say everything. In what is known the unknown stays open: a name is null, from `unknown`; a port is
 * 0; a host is empty. The rules need a whole connection, so for them alone
 *
 * - what was sent is what the client sends when it is told nothing (its profile), else what was checked, so that no
 *   rule finds a difference that nobody saw;
 * - the host asked for is the one that was checked, and the other way round;
 * - the port is the usual one of the client.
 */
export interface ErrorEvidence {
  readonly known: Evidence;
  readonly assumed: Evidence;
}

const unknown: ChosenName = { value: null, from: 'unknown' };

/** Makes evidence of a failure that was found in an error. */
export function evidenceOfError(failure: ErrorFailure, setting: ErrorSetting): ErrorEvidence {
  const { client, places, app, clock, node } = setting;
  const { incident } = failure;
  const names = namesOf(failure, setting);
  const outcome = outcomeOf(failure);
  const sent = names.sent.value;
  const known: Evidence = {
    version: 1,
    target: targetOf(places.asked, names),
    names,
    attempts: [
      { purpose: 'client', address: names.dialled.address, port: names.dialled.port, sent, outcome, ms: 0 },
    ],
    certificates: Object.fromEntries(failure.chain.map((facts) => [facts.fingerprints.sha256, facts])),
    trust: { used: [], given: [], file: null, relatedRoot: null },
    clock,
    serverClock: null,
    node: incident.nodeVersion === null ? node : { version: `v${incident.nodeVersion}`, openssl: '' },
    client,
    starttls: null,
    servernameAlsoFor: [],
    app,
  };
  return { known, assumed: assume(known, failure) };
}

/** The port a client uses when it is told none; 443 for those of HTTP. */
const usualPorts: Readonly<Partial<Record<ClientName, number>>> = {
  pg: 5432,
  postgres: 5432,
  mysql2: 3306,
  mongodb: 27017,
  ioredis: 6379,
  'ioredis-cluster': 6379,
  redis: 6379,
  nodemailer: 465,
  imapflow: 993,
  mqtt: 8883,
  amqplib: 5671,
  kafkajs: 9093,
  elasticsearch: 9200,
  tedious: 1433,
  'basic-ftp': 21,
};

function assume(known: Evidence, { chain, incident }: ErrorFailure): Evidence {
  const { names, client, attempts } = known;
  const checked = names.checked.value ?? names.asked.value;
  const asked = names.asked.value ?? names.checked.value;
  const host = names.dialled.host === '' ? (asked ?? '') : names.dialled.host;
  const port = names.dialled.port === 0 ? (usualPorts[client ?? 'https'] ?? 443) : names.dialled.port;
  const sent = names.sent.value ?? assumedSent(checked, host, client);
  const { presented } = incident;
  // A whole list of names without its certificate: a certificate of which no more is known than its names.
  const alone = chain.length === 0 && presented !== null && incident.presentedComplete ? presented : null;
  return {
    ...known,
    names: {
      ...names,
      asked: { ...names.asked, value: asked },
      checked: { ...names.checked, value: checked },
      sent: { ...names.sent, value: sent },
      dialled: { ...names.dialled, host, port, addresses: [names.dialled.address ?? host] },
    },
    attempts: attempts.map((attempt) => ({
      ...attempt,
      port,
      sent,
      outcome: alone === null ? attempt.outcome : { ...attempt.outcome, chain: ['text'] },
    })),
    certificates: alone === null ? known.certificates : { text: factsOfNames(alone) },
  };
}

function assumedSent(checked: string | null, host: string, client: ClientName | null): string | null {
  const read = checked === null ? 'empty' : readIdentifier(checked);
  const profile = client === null ? null : clientProfiles[client];
  if (typeof read === 'string') return checked;
  if (read.kind === 'ip') return profile?.sentForIp === 'address' ? checked : null;
  // A name that is checked and is not the one dialled was given as server name.
  return profile?.sentForDns === 'none' && read.value === host ? null : checked;
}

function namesOf(failure: ErrorFailure, setting: ErrorSetting): SixNames {
  const { places } = setting;
  const { incident } = failure;
  const asked: ChosenName = {
    value: places.asked === null ? null : places.asked.host,
    from: places.askedFrom,
  };
  const checked = checkedOf(incident.checked, setting);
  const isAddress = places.asked !== null && typeOf(places.asked.host) === 'ip';
  const address = places.address ?? (isAddress ? asked.value : null);
  return {
    asked,
    dialled: {
      host: asked.value ?? '',
      port: places.asked?.port ?? 0,
      address,
      addresses: address === null ? [] : [address],
      cnames: [],
      searchDomain: null,
      from: isAddress ? 'literal' : 'unknown',
    },
    sent: sentOf(failure, checked, places),
    checked,
    host:
      places.hostHeader === null || places.hostHeader === ''
        ? unknown
        : { value: places.hostHeader, from: 'host-header' },
    // Of a list cut short nobody knows what is missing.
    presented: incident.presentedComplete ? incident.presented : null,
  };
}

function checkedOf(value: string | null, { client, places }: ErrorSetting): ChosenName {
  const { asked, askedFrom, hostHeader, servername } = places;
  if (value === null) return unknown;
  if (value === servername) return { value, from: 'option-servername' };
  if (asked !== null && sameHost(value, asked.host)) return { value, from: askedFrom };
  if (hostHeader !== null && hostHeader !== '' && sameHost(value, hostOfHeader(hostHeader))) {
    return { value, from: 'host-header' };
  }
  // A reverse proxy makes the Host header of its own client the server name, unless it is told otherwise.
  if (asked !== null && (client === 'http-proxy' || client === 'httpxy'))
    return { value, from: 'host-header' };
  return { value, from: asked !== null && value === 'localhost' ? 'default-localhost' : 'unknown' };
}

function sentOf({ incident, error }: ErrorFailure, checked: ChosenName, places: ErrorPlaces): ChosenName {
  if (incident.family === 'server-name') {
    const value = /Received ["'`]([^"'`]{1,100})["'`]/.exec(error.message)?.[1];
    return value === undefined ? unknown : { value, from: 'unknown' };
  }
  if (incident.sent !== null) return { value: incident.sent, from: 'unknown' };
  if (places.servername !== null) return { value: places.servername, from: 'option-servername' };
  // Node's agent makes one name of both (nodejs/node#37104).
  if (checked.from === 'host-header' && typeOf(checked.value ?? '') === 'dns') return checked;
  return unknown;
}

function outcomeOf({ incident, error, chain }: ErrorFailure): Outcome {
  switch (incident.family) {
    case 'name':
    case 'chain':
      return {
        kind: 'handshake',
        protocol: '',
        cipher: null,
        alpn: null,
        chain: chain.map(({ fingerprints }) => fingerprints.sha256),
        chainFrom: 'node',
        // Node compares names only after it accepted the chain.
        chainError: incident.family === 'chain' ? error : null,
        nameError: incident.family === 'name' ? error : null,
        asksForClientCertificate: null,
        serverNameConfirmed: null,
        alertAfter: null,
      };
    case 'server-name':
      return { kind: 'client-refused', error };
    default:
      if (incident.alert !== null) {
        return { kind: 'alert', alert: incident.alert, error, asksForClientCertificate: null };
      }
      if (error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return { kind: 'timeout', during: 'handshake' };
      if (error.code === 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING') return { kind: 'reset', error };
      return failureOutcome(error);
  }
}

function targetOf(asked: Place | null, { checked }: SixNames): string {
  const { host, port, scheme } = asked ?? { host: checked.value ?? '', port: null, scheme: null };
  const name = printable(host.includes(':') ? `[${host}]` : host);
  return `${scheme === null ? '' : `${scheme}://`}${name}${port === null ? '' : `:${port}`}`;
}

function sameHost(one: string, other: string): boolean {
  const [a, b] = [readIdentifier(one), readIdentifier(other)];
  return typeof a !== 'string' && typeof b !== 'string' && a.value === b.value;
}

function typeOf(host: string): 'dns' | 'ip' | null {
  const read = readIdentifier(host);
  return typeof read === 'string' ? null : read.kind;
}
