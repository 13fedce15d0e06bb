import type { Directive, Level } from './reader.ts';

/** What a text with variables can be: these texts, something that a request says, or what is not known here. */
export type Value =
  | { readonly kind: 'texts'; readonly texts: readonly string[] }
  | { readonly kind: 'request'; readonly variable: string }
  | { readonly kind: 'unknown' };

const unknown: Value = { kind: 'unknown' };

/** What whoever sends a request, or opens a connection, writes into it. `$1` is of an expression on such a thing. */
const ofRequest =
  /^(?:host|http_\w+|arg_\w+|args|cookie_\w+|query_string|request|request_uri|uri|document_uri|ssl_server_name|ssl_preread_server_name|\d)$/;

const variable = /\$(?:\{(\w+)\}|(\w+))/g;

/** More are not followed. */
const mostTexts = 16;
const deepest = 8;

/** The variables of a file: what `set`, `map` and the like write into them, wherever they stand. */
export class Variables {
  readonly #values = new Map<string, string[]>();
  readonly #captures = new Set<string>();
  readonly #known = new Map<string, Value>();

  constructor(directives: Iterable<Directive>) {
    for (const directive of directives) this.#take(directive);
  }

  /** @param depth of variables in variables */
  valueOf(text: string, depth: number = 0): Value {
    let texts: readonly string[] = [''];
    let request: string | null = null;
    let isKnown = true;
    let last = 0;
    for (const match of text.matchAll(variable)) {
      const { 0: whole, index } = match;
      const before = text.slice(last, index);
      last = index + whole.length;
      const value = this.#variable(match[1] ?? match[2] ?? '', depth);
      if (value.kind === 'request') request ??= value.variable;
      if (value.kind === 'texts' && texts.length * value.texts.length <= mostTexts) {
        texts = texts.flatMap((each) => value.texts.map((of) => each + before + of));
      } else {
        isKnown = false;
      }
    }
    const rest = text.slice(last);
    if (request !== null) {
      // Whoever chooses what is in front of a domain stays in it.
      return /^\.[\w-]+\.[\w.-]+$/.test(rest) ? unknown : { kind: 'request', variable: request };
    }
    return isKnown ? { kind: 'texts', texts: texts.map((each) => each + rest) } : unknown;
  }

  #variable(name: string, depth: number): Value {
    const values = this.#values.get(name);
    if (values === undefined) {
      const isOfRequest = ofRequest.test(name) || this.#captures.has(name);
      return isOfRequest ? { kind: 'request', variable: `$${name}` } : unknown;
    }
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    this.#known.set(name, unknown);
    const value = this.#valueOfAny(values, depth);
    this.#known.set(name, value);
    return value;
  }

  #valueOfAny(values: readonly string[], depth: number): Value {
    if (depth > deepest || values.length > mostTexts) return unknown;
    const all = values.map((each) => this.valueOf(each, depth + 1));
    const request = all.find(({ kind }) => kind === 'request');
    if (request !== undefined) return request;
    if (all.some(({ kind }) => kind === 'unknown')) return unknown;
    return { kind: 'texts', texts: all.flatMap((each) => (each.kind === 'texts' ? each.texts : [])) };
  }

  #take({ name, words, block }: Directive): void {
    for (const { text } of words) {
      if (!text.includes('(?')) continue;
      for (const { 1: capture } of text.matchAll(/\(\?P?[<'](\w+)[>']/g)) this.#captures.add(capture ?? '');
    }
    if (name === 'set' && words.length === 2) this.#add(words[0]?.text, words[1]?.text);
    // A table of the configuration: what it gives back is its own.
    if ((name === 'map' || name === 'geo' || name === 'split_clients') && block !== null) {
      for (const row of block.directives) {
        if (row.words.length === 1 && row.name !== 'include')
          this.#add(words.at(-1)?.text, row.words[0]?.text);
        if (row.name === 'include') this.#add(words.at(-1)?.text, '$include');
      }
    }
  }

  #add(name: string | undefined, value: string | undefined): void {
    const key = name?.replace(/^\$/, '') ?? '';
    const values = this.#values.get(key) ?? [];
    values.push(value ?? '');
    this.#values.set(key, values);
  }
}

/** The directives of a level and of those in it, in their order. */
export function* directivesIn(level: Level): Generator<Directive> {
  for (const directive of level.directives) {
    yield directive;
    if (directive.block !== null) yield* directivesIn(directive.block);
  }
}
