import type { AgentRequest } from './agent-requests.ts';
import type { Beginnings } from './beginnings.ts';
import type { Captured } from './capture.ts';
import type { ServerNames } from './server-names.ts';
import type { Sighting } from './sighting.ts';

/** What is told of the connections, in the part that is loaded when there is something to tell. */
export interface Witness {
  failed(sighting: Sighting, error: unknown): void;
  /** Node is about to judge it; `passes` when a switch keeps it from refusing. */
  judging(sighting: Sighting, passes: boolean): void;
  /** It stands, and every name is wanted. */
  stands(sighting: Sighting): void;
}

/** What a witness may ask of the watch. */
export interface Memory {
  readonly beginnings: Beginnings;
  /** The server names of connections that stand, or stood. */
  readonly serverNames: ServerNames;
  /** The stack on which a secure context was made. */
  contextOf(context: unknown): Captured | null;
  /** What an agent that connects later was asked for. */
  askedOf(agent: unknown, host: string | null, port: number | null): AgentRequest | null;
  /** Enters what Node has judged by now. */
  settle(): void;
}
