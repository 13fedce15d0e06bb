import {
  exitCodeOf,
  formatGithub,
  formatJson,
  formatLine,
  formatNagios,
  formatPretty,
  type Diagnosis,
  type StyleOptions,
} from '@altname/core';
import type { ProgramAnswer } from '../compare/answer.ts';
import type { Tally } from './tally.ts';

export const reporterNames = ['pretty', 'line', 'json', 'github', 'nagios'] as const;
export type ReporterName = (typeof reporterNames)[number];

/** What was found out about one target. `compared` is null when no other program was to be asked. */
export interface Checked {
  readonly diagnosis: Diagnosis;
  readonly compared: readonly ProgramAnswer[] | null;
}

export interface ReporterSettings {
  readonly name: ReporterName;
  readonly style: StyleOptions;
  /** Nothing of what is accepted. */
  readonly quiet: boolean;
  /** More than one target: a summary at the end. */
  readonly many: boolean;
}

type FormatComparison = (diagnosis: Diagnosis, answers: readonly ProgramAnswer[], width: number) => string;

/** Turns results into what is printed for them, and counts them. */
export class Reporter {
  readonly #settings: ReporterSettings;
  readonly #tally: Tally;
  #printed = 0;
  readonly #formatComparison: FormatComparison | null;

  /** `formatComparison` is null when no other program is asked. */
  constructor(settings: ReporterSettings, tally: Tally, formatComparison: FormatComparison | null) {
    this.#settings = settings;
    this.#tally = tally;
    this.#formatComparison = formatComparison;
  }

  /** The text for one target; null when there is nothing to print. */
  one(checked: Checked): string | null {
    const { diagnosis } = checked;
    this.#tally.add(diagnosis);
    if (this.#settings.name === 'nagios') {
      const { text, status } = formatNagios(diagnosis);
      this.#tally.addNagios(status);
      return text;
    }
    if (this.#settings.quiet && exitCodeOf(diagnosis) === 0) return null;
    const text = this.#text(checked);
    if (text === '') return null;
    const apart = this.#settings.name === 'pretty' && this.#printed > 0 ? '\n' : '';
    this.#printed++;
    return `${apart}${text}`;
  }

  /** The last line over many targets; null where the reporter has none. */
  end(ms: number, exit: number): string | null {
    const { name, many, quiet } = this.#settings;
    if (!many || quiet || this.#tally.total === 0 || (name !== 'pretty' && name !== 'line')) return null;
    return `${name === 'pretty' && this.#printed > 0 ? '\n' : ''}${this.#tally.summary(ms, exit)}`;
  }

  #text({ diagnosis, compared }: Checked): string {
    const { name, style } = this.#settings;
    const comparison =
      compared === null || this.#formatComparison === null
        ? null
        : this.#formatComparison(diagnosis, compared, style.width ?? 80);
    if (name === 'pretty') {
      return [formatPretty(diagnosis, style), comparison].filter((part) => part !== null).join('\n\n');
    }
    if (name === 'line')
      return [formatLine(diagnosis, style), comparison].filter((part) => part !== null).join('\n');
    if (name === 'github') return formatGithub(diagnosis);
    return formatJson(compared === null ? diagnosis : Object.assign({ ...diagnosis }, { compare: compared }));
  }
}
