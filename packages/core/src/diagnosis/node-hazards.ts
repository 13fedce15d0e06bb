import { readIdentifier } from '../names/identifier.ts';
import type { View } from './view.ts';

/** A fault of some Node versions that changes which names match or are sent. */
export interface NodeHazard {
  readonly id: string;
  /** Half-open ranges `[from, to)`. */
  readonly ranges: readonly (readonly [string, string])[];
  /** What such a version does, as the rest of a sentence that begins with the version. */
  readonly text: string;
  /** Null: the newer lines do what the standard says, and the client has to change. */
  readonly fixedIn: string | null;
  /** Whether it touches this connection. */
  readonly touches: (view: View) => boolean;
}

/** Measured on Node 20.20.2, 22.22.3, 22.23.3, 24.16.0, 24.18.1, 24.21.0 and 26.10.0. */
export const nodeHazards: readonly NodeHazard[] = [
  {
    id: 'ipv6-never-matches',
    ranges: [
      ['22.23.0', '23.0.0'],
      ['24.17.0', '24.19.0'],
    ],
    text: 'never matches an IPv6 address with the certificate (nodejs/node#64032)',
    fixedIn: '24.21',
    touches: ({ reference }) => reference?.kind === 'ip' && reference.value.includes(':'),
  },
  {
    id: 'server-name-address-throws',
    ranges: [['26.0.0', '99.0.0']],
    text: 'throws ERR_INVALID_ARG_VALUE for an address as server name, where older lines sent it',
    fixedIn: null,
    touches: ({ own }) => own.outcome.kind === 'client-refused' && isAddress(own.sent),
  },
  {
    id: 'ideographic-stop-in-name',
    ranges: [
      ['20.0.0', '21.0.0'],
      ['22.0.0', '22.23.0'],
      ['24.0.0', '24.17.0'],
    ],
    text: 'takes a dot-like character in the name for a letter, so that a wildcard covers two labels (CVE-2026-48618)',
    fixedIn: '22.23, 24.17',
    touches: ({ evidence }) => /[\u3002\uff0e\uff61]/.test(evidence.names.checked.value ?? ''),
  },
  {
    id: 'capital-letters-at-node-servers',
    ranges: [
      ['20.0.0', '21.0.0'],
      ['22.0.0', '22.23.0'],
      ['24.0.0', '24.17.0'],
    ],
    text: 'compares server names with the case of letters when it is the server (addContext, CVE-2026-48928)',
    fixedIn: '22.23, 24.17',
    touches: ({ own }) => own.sent !== null && /[A-Z]/.test(own.sent),
  },
];

/** The faults of the Node in the evidence that touch its connection. */
export function hazardsOf(view: View): NodeHazard[] {
  const version = view.evidence.node.version;
  return nodeHazards.filter(
    ({ ranges, touches }) => ranges.some(([from, to]) => isWithin(version, from, to)) && touches(view),
  );
}

function isWithin(version: string, from: string, to: string): boolean {
  return compareVersions(version, from) >= 0 && compareVersions(version, to) < 0;
}

function compareVersions(one: string, other: string): number {
  const a = one.replace(/^v/, '').split('.').map(Number);
  const b = other.split('.').map(Number);
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function isAddress(text: string | null): boolean {
  const read = text === null ? 'empty' : readIdentifier(text);
  return typeof read !== 'string' && read.kind === 'ip';
}
