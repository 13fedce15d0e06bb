/** A file that a rule reads. A text alone is JavaScript. */
export interface GoodCase {
  readonly code: string;
  /** TypeScript: read by its parser alone. JavaScript is read by both. */
  readonly ts?: true;
  readonly filename?: string;
  readonly options?: object;
}

export interface BadCase extends GoodCase {
  /** What it is: unique in its table. */
  readonly name: string;
  /** The ids of the messages, in the order of the file. */
  readonly messages: readonly string[];
  /** The whole file after each suggestion of each message, in order. Left out: not compared, but they have to parse. */
  readonly suggested?: readonly string[];
}

/** The test table of a rule: what it says nothing of, and what it reports. */
export interface Table {
  readonly good: Readonly<Record<string, string | GoodCase>>;
  readonly bad: readonly BadCase[];
}
