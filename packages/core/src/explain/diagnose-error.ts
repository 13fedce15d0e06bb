import { clientProfiles } from '../diagnosis/clients/index.ts';
import type { Diagnosis } from '../diagnosis/diagnosis.ts';
import type { AppFacts, ClientName, Evidence } from '../diagnosis/evidence.ts';
import { findCallSite } from './call-site.ts';
import { concludeIncident } from './conclude.ts';
import { findClient, isOfSecureProxy } from './error-client.ts';
import { evidenceOfError } from './error-evidence.ts';
import { findFailure, type ErrorFailure } from './error-failure.ts';
import { outwards, readErrorGraph, stackOf, type ErrorNode } from './error-graph.ts';
import { judgeError } from './error-judgement.ts';
import { findPlaces, type ErrorPlaces, type Place } from './error-place.ts';
import type { Explanation } from './explanation.ts';

/** What the caller knows, and what surrounds it. */
export interface ErrorSurroundings {
  readonly now: Date;
  /** The directory that the paths of stack frames are shown from. */
  readonly cwd: string;
  readonly node: Evidence['node'];
  /** Given by the caller; null to find it in the error. */
  readonly client: ClientName | null;
  /** Given by the caller; null to find it in the error. */
  readonly asked: Place | null;
}

/**
 * Finds the TLS failure in a thrown value and diagnoses it from what the error says. Pure; never throws.
 *
 * @returns null when there is no TLS failure in it
 */
export function diagnoseError(thrown: unknown, around: ErrorSurroundings): Diagnosis | null {
  const nodes = readErrorGraph(thrown);
  const failure = findFailure(nodes);
  if (failure === null) return null;
  const client = around.client ?? findClient(nodes, failure.node);
  const places = placesOf(nodes, failure, around.asked);
  const app = appFacts(nodes, failure.node, client, around.cwd);
  const clock = around.now.toISOString();
  const evidence = evidenceOfError(failure, { client, places, app, clock, node: around.node });
  const explanation = explain(failure, client, places);
  return judgeError(failure, evidence, explanation);
}

function placesOf(nodes: readonly ErrorNode[], { incident }: ErrorFailure, given: Place | null): ErrorPlaces {
  const found = findPlaces(nodes);
  if (given !== null) {
    // The port of the error belongs to its host.
    const port = given.port ?? (found.asked?.host === given.host ? found.asked.port : null);
    return { ...found, asked: { ...given, port }, askedFrom: given.scheme === null ? 'target' : 'url' };
  }
  if (found.asked !== null || incident.asked === null) return found;
  return { ...found, asked: { host: incident.asked, port: null, scheme: null }, askedFrom: 'url' };
}

function appFacts(
  nodes: readonly ErrorNode[],
  failure: ErrorNode,
  client: ClientName | null,
  cwd: string,
): AppFacts {
  let callSite: string | null = null;
  for (const node of new Set([...outwards(failure), ...nodes])) {
    callSite ??= findCallSite(stackOf(node), cwd);
  }
  return {
    callSite,
    library: client === null || client === 'fetch' ? null : clientProfiles[client].package,
    leg: legOf(nodes, client),
    // An error of the chain or the name is what verification says.
    verification: 'full',
  };
}

function legOf(nodes: readonly ErrorNode[], client: ClientName | null): AppFacts['leg'] {
  if (isOfSecureProxy(nodes)) return 'proxy';
  return client === 'https-proxy-agent' || client === 'undici-proxy' ? 'origin' : 'direct';
}

/** The names that the words of errors know clients by: those of packages. */
const traceNames: Readonly<Partial<Record<ClientName, string>>> = {
  'grpc-js': '@grpc/grpc-js',
  elasticsearch: '@elastic/elasticsearch',
  'ioredis-cluster': 'ioredis',
};

/** What is said of the same failure as a text. */
function explain({ incident }: ErrorFailure, client: ClientName | null, { asked }: ErrorPlaces): Explanation {
  const trace = client === null ? null : (traceNames[client] ?? client);
  return concludeIncident({ ...incident, client: trace, asked: asked?.host ?? incident.asked });
}
