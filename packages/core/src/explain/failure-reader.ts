import { concludeIncident } from './conclude.ts';
import { findClues } from './clues.ts';
import type { Explanation } from './explanation.ts';
import { addClues, addSignal, beginIncident, incidentKey, type Incident } from './incident.ts';
import { continues, unfold } from './line.ts';
import { findSignals, mayHoldSignal, type Signal } from './signal.ts';

/** Different failures that are told apart; more are only counted. */
const mostKinds = 200;
/** Characters of the failures kept, all together. */
const mostCharacters = 4 * 1024 * 1024;
/** Longest piece of a line that is looked at in one go. */
const longestPiece = 256 * 1024;
/** Lines that one list of names is put together from. */
const mostHeld = 500;
/** An inspected error with its certificates is no longer than this many lines. */
const longestIncident = 200;
/** Lines that may stand between the parts of one failure when nothing else ties them together. */
const nearby = 2;

/**
 * Finds the TLS failures in a text that is given line by line, with memory that does not grow with the text.
 * `explainText` is this for a text that is there as a whole.
 *
 * A failure is the lines from its first signal on: those that continue it (stack frames, properties, causes) and
 * signals close by that do not contradict it. The same words again on a line of their own are another failure.
 */
export class FailureReader {
  readonly #kinds = new Map<string, Incident>();
  #current: Incident | null = null;
  /** The words of the current failure, to tell one that is repeated. */
  #words = new Set<string>();
  /** Nothing has come yet between the current failure and this line. */
  #open = false;
  /** Lines of a list of names that goes on in the next one. */
  #held: string[] = [];
  #lines = 0;
  #characters = 0;
  #uncounted = 0;

  /** Lines read so far. */
  get lines(): number {
    return this.#lines;
  }

  /** Failures of yet another kind, after so many kinds that no more are kept. */
  get uncounted(): number {
    return this.#uncounted;
  }

  /** Reads the next line, given without its line end. */
  push(line: string): void {
    this.#lines++;
    const holding = this.#held.length > 0;
    if (
      (holding || line.includes('altnames:')) &&
      this.#held.length < mostHeld &&
      wrapped.test(line.slice(-300))
    ) {
      this.#held.push(holding ? line.trim() : line.trimEnd());
      return;
    }
    const text = holding ? `${this.#held.join(' ')} ${line.trimStart()}` : line;
    this.#held = [];
    if (text.length < longestPiece) {
      this.#read(text);
      return;
    }
    // Pieces overlap, so that a sentence on a border is whole in one of them.
    for (let at = 0; at < text.length; at += longestPiece - 4096)
      this.#read(text.slice(at, at + longestPiece));
  }

  /** The failures found, in the order of their first place. Ends the reading. */
  end(): Explanation[] {
    if (this.#held.length > 0) this.#read(this.#held.join(' '));
    this.#held = [];
    this.#close();
    const found = [...this.#kinds.values()];
    const tls = found.filter(({ family }) => family !== 'transport');
    return (tls.length > 0 ? tls : found).map(concludeIncident);
  }

  #read(line: string): void {
    const current = this.#current;
    if (current === null && !mayHoldSignal(line)) return;
    if (current !== null && this.#lines - current.line > longestIncident) this.#close();
    for (const [index, part] of unfold(line).entries()) this.#readPart(part, index > 0 || continues(part));
  }

  #readPart(part: string, goesOn: boolean): void {
    const signals = mayHoldSignal(part) ? findSignals(part) : [];
    for (const signal of signals) this.#add(signal, part, goesOn);
    if (signals.length === 0 && !goesOn) this.#open = false;
    if (this.#current !== null && this.#open) addClues(this.#current, findClues(part));
  }

  #add(signal: Signal, part: string, goesOn: boolean): void {
    const current = this.#current;
    const words = part.slice(signal.at, signal.end);
    if (current !== null) {
      const apart = this.#lines - current.lastLine;
      const joins = apart <= nearby || (goesOn && this.#open);
      const again = apart > 0 && !goesOn && this.#words.has(words);
      if (joins && !again && addSignal(current, signal, part)) {
        current.lastLine = this.#lines;
        this.#words.add(words);
        this.#open = true;
        return;
      }
      this.#close();
    }
    this.#current = beginIncident(signal, part, this.#lines);
    this.#words.add(words);
    this.#open = true;
  }

  #close(): void {
    const incident = this.#current;
    this.#current = null;
    this.#words = new Set();
    this.#open = false;
    if (incident === null) return;
    const key = incidentKey(incident);
    const known = this.#kinds.get(key);
    if (known !== undefined) {
      known.count++;
      known.lastLine = incident.lastLine;
      known.sent ??= incident.sent;
      known.nodeVersion ??= incident.nodeVersion;
    } else if (this.#kinds.size < mostKinds && this.#characters < mostCharacters) {
      this.#characters += key.length;
      this.#kinds.set(key, incident);
    } else {
      this.#uncounted++;
    }
  }
}

/** A list of names that a terminal or a mail broke off at the end of the line. */
const wrapped = /(?:cert[^\s]{0,6}?s altnames:|(?:DNS|IP Address):[^\s"'`,]{1,253},)\s{0,8}$/;
