/** The programs that can be asked beside Node. */
export const programs = ['openssl', 'curl'] as const;
export type ProgramName = (typeof programs)[number];

/** What another program says of the same server, with verification of chain and name switched on. */
export interface ProgramAnswer {
  readonly program: ProgramName;
  /** As it calls itself; null when it is not installed. */
  readonly version: string | null;
  readonly verdict: 'accepts' | 'refuses' | 'could-not-ask';
  /** Its own words, escaped, on one line; empty when it said none. */
  readonly words: string;
  /** The server name it sent; null is none. */
  readonly sent: string | null;
  /** The name it checked. */
  readonly checked: string;
  /** The command, as a shell takes it. */
  readonly command: string;
  /** Its verdict is another one than that of this Node. */
  readonly differs: boolean;
  /** Why it and Node differ, one sentence each, the likeliest first; empty when they agree. */
  readonly why: readonly string[];
}

/** What to ask a program. */
export interface Question {
  /** The address, or the host where there is no address. */
  readonly address: string;
  readonly port: number;
  /** The server name Node sent; null is none. */
  readonly sent: string | null;
  /** The name Node checked. */
  readonly checked: string;
  /** The name the user asked for. */
  readonly asked: string;
  readonly hostHeader: string | null;
  /** A file with roots, which replace those of the program. */
  readonly ca: string | null;
  readonly starttls: string | null;
  readonly minVersion: string | null;
  readonly maxVersion: string | null;
  /** Milliseconds. */
  readonly timeout: number;
}

/** What a program answered, before it is compared with Node. */
export type RawAnswer = Pick<ProgramAnswer, 'verdict' | 'words' | 'sent' | 'checked' | 'command'>;
