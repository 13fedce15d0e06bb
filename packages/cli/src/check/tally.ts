import { exitCodeOf, formatSummary, type Diagnosis } from '@altname/core';

/** Counts diagnoses for the last line and the exit code, without keeping them. */
export class Tally {
  /** One bare diagnosis of each kind, and how many there were of it. */
  readonly #kinds = new Map<string, { readonly bare: Diagnosis; count: number }>();
  #total = 0;
  #wrong = 0;
  #nagios: 0 | 1 | 2 | 3 = 0;

  get total(): number {
    return this.#total;
  }

  /** How many were not accepted, or have a finding of severity error. */
  get wrong(): number {
    return this.#wrong;
  }

  add(diagnosis: Diagnosis): void {
    this.#total++;
    if (exitCodeOf(diagnosis) !== 0) this.#wrong++;
    const bare = bareOf(diagnosis);
    const key = JSON.stringify([
      bare.verdict,
      bare.cause?.code,
      bare.findings.map(({ code, severity }) => [code, severity]),
    ]);
    const kind = this.#kinds.get(key);
    if (kind === undefined) this.#kinds.set(key, { bare, count: 1 });
    else kind.count++;
  }

  /** The worst state so far counts: CRITICAL, then UNKNOWN, then WARNING. */
  addNagios(status: 0 | 1 | 2 | 3): void {
    const order = [0, 1, 3, 2];
    if (order.indexOf(status) > order.indexOf(this.#nagios)) this.#nagios = status;
  }

  /** 3 when nothing was asked at all. */
  get nagiosExit(): number {
    return this.#total === 0 ? 3 : this.#nagios;
  }

  get exitCode(): number {
    return exitCodeOf([...this.#kinds.values()].map(({ bare }) => bare));
  }

  summary(ms: number, exit: number): string {
    const all = [...this.#kinds.values()].flatMap(({ bare, count }) =>
      Array.from({ length: count }, () => bare),
    );
    return formatSummary(all, ms, exit);
  }
}

/** A diagnosis with only what counting looks at. */
function bareOf(diagnosis: Diagnosis): Diagnosis {
  const findings = diagnosis.findings.map((finding) => ({ ...finding, message: '', data: {} }));
  const cause = findings.find(({ code }) => code === diagnosis.cause?.code) ?? null;
  return {
    ...diagnosis,
    target: '',
    findings,
    cause,
    fixes: [],
    attempts: [],
    certificate: null,
    otherLeaves: {},
  };
}
