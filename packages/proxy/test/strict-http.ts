/** A message of HTTP/1.1, read to the letter. */
export interface StrictMessage {
  /** The three parts of the first line. */
  readonly start: readonly [string, string, string];
  /** Names in lower case, as they came. */
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
}

/** What octets are: whole messages, then nothing, the beginning of one, or what is none. */
export interface StrictReading {
  readonly messages: readonly StrictMessage[];
  /** Octets behind the last whole message. */
  readonly rest: string;
  /** Why `rest` cannot become a message; null when it could, or is empty. */
  readonly fault: string | null;
}

/**
 * Reads octets as RFC 9112 writes them, and as nobody reads them but a test: every CRLF is one, no white space is
 * forgiven, a message has one framing alone, and a chunk has no extension. It shares nothing with the parsers of Node
 * and undici.
 *
 * @param octets as latin1
 * @param isBodyless whether the answer at this index has no body, whatever its fields say (RFC 9112 §6.3)
 */
export function readStrictly(
  octets: string,
  kind: 'requests' | 'answers',
  isBodyless: (index: number) => boolean = () => false,
  isClosed = false,
): StrictReading {
  const messages: StrictMessage[] = [];
  let rest = octets;
  try {
    while (rest !== '') {
      const read = readMessage(rest, kind, isBodyless(finals(messages)), isClosed);
      if (read === null) break;
      messages.push(read.message);
      rest = read.rest;
    }
  } catch (error) {
    return { messages, rest, fault: (error as Error).message };
  }
  return { messages, rest, fault: null };
}

/** A request in one line: method, target, body. */
export function requestLine({ start: [method, target], body }: StrictMessage): string {
  return `${method} ${target}${body === '' ? '' : ` ${body}`}`;
}

/** How many of answers are no 1xx. */
function finals(messages: readonly StrictMessage[]): number {
  return messages.filter(({ start }) => !/^1\d\d$/.test(start[1])).length;
}

const requestStart = /^([A-Z]+) (\/[\x21\x24-\x7e]*) (HTTP\/1\.1)$/;
const answerStart = /^(HTTP\/1\.1) ([1-9]\d\d) ([\t\x20-\x7e]*)$/;
const fieldLine =
  /^([\w!#$%&'*+.^`|~-]+): ((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)$/;

/** Null when more octets are needed. */
function readMessage(
  octets: string,
  kind: 'requests' | 'answers',
  isBodyless: boolean,
  isClosed: boolean,
): { message: StrictMessage; rest: string } | null {
  const end = octets.indexOf('\r\n\r\n');
  const head = octets.slice(0, end === -1 ? octets.length : end);
  const lines = head.split('\r\n');
  const start = lines.shift() ?? '';
  if (end === -1) return null;
  const parts = (kind === 'requests' ? requestStart : answerStart).exec(start);
  if (parts === null) throw new Error(`first line ${JSON.stringify(start)}`);
  const fields = lines.map((line): [string, string] => {
    const [, name, value] = fieldLine.exec(line) ?? [];
    if (name === undefined) throw new Error(`field line ${JSON.stringify(line)}`);
    return [name.toLowerCase(), value ?? ''];
  });
  const first: [string, string, string] = [parts[1] ?? '', parts[2] ?? '', parts[3] ?? ''];
  const rest = octets.slice(end + 4);
  const status = kind === 'answers' ? first[1] : '';
  const valuesOf = (name: string): string[] =>
    fields.filter(([each]) => each === name).map(([, value]) => value);
  if (kind === 'requests' && valuesOf('host').length !== 1) throw new Error('not one Host');
  const lengths = valuesOf('content-length');
  const codings = valuesOf('transfer-encoding');
  if (lengths.length + codings.length > 1) throw new Error(`framed ${lengths.length + codings.length} times`);
  if (isBodyless || /^(?:1\d\d|204|304)$/.test(status)) {
    return { message: { start: first, fields, body: '' }, rest };
  }
  if (codings.length > 0) {
    if (codings[0] !== 'chunked') throw new Error(`coding ${JSON.stringify(codings[0])}`);
    const read = readChunks(rest);
    return read && { message: { start: first, fields, body: read.body }, rest: read.rest };
  }
  if (lengths.length > 0 && !/^(?:0|[1-9]\d{0,14})$/.test(lengths[0] ?? '')) {
    throw new Error(`length ${JSON.stringify(lengths[0])}`);
  }
  if (kind === 'answers' && lengths.length === 0) {
    return isClosed ? { message: { start: first, fields, body: rest }, rest: '' } : null;
  }
  const length = Number(lengths[0] ?? '0');
  if (rest.length < length) return null;
  return { message: { start: first, fields, body: rest.slice(0, length) }, rest: rest.slice(length) };
}

function readChunks(octets: string): { body: string; rest: string } | null {
  let body = '';
  let rest = octets;
  for (;;) {
    const end = rest.indexOf('\r\n');
    if (end === -1) return null;
    const line = rest.slice(0, end);
    if (!/^(?:0|[1-9a-f][\da-f]{0,7})$/i.test(line)) throw new Error(`chunk size ${JSON.stringify(line)}`);
    const size = Number.parseInt(line, 16);
    rest = rest.slice(end + 2);
    if (size === 0) {
      const last = rest.startsWith('\r\n') ? 0 : rest.indexOf('\r\n\r\n');
      if (last === -1) return null;
      return { body, rest: rest.slice(last + (last === 0 ? 2 : 4)) };
    }
    if (rest.length < size + 2) return null;
    if (rest.slice(size, size + 2) !== '\r\n') throw new Error('a chunk that does not end where it says');
    body += rest.slice(0, size);
    rest = rest.slice(size + 2);
  }
}
