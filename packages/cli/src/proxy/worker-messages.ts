import type { AddressInfo } from 'node:net';
import type { Metric } from '@altname/proxy';

/** What the primary asks of a worker. */
export type ToWorker =
  | { readonly altname: 'stop' }
  | { readonly altname: 'reload' }
  /** Answered with the same number. */
  | { readonly altname: 'report'; readonly id: number };

/** What a worker tells the primary. */
export type FromWorker =
  | { readonly altname: 'serving'; readonly address: AddressInfo }
  /** Something is wrong, most likely for all, and nothing ends for it. */
  | { readonly altname: 'problem'; readonly line: string }
  /** It cannot start, for a reason that is the configuration's. */
  | { readonly altname: 'failed'; readonly why: string }
  | {
      readonly altname: 'report';
      readonly id: number;
      readonly unready: string | null;
      readonly metrics: readonly Metric[];
    };
