import { AltnameError, addressOctets, printable } from '@altname/core';
import { parseWantedName, sanText, type WantedName } from '../names/wanted-name.ts';

/** A name as a file says that clients use it. */
export interface NameInUse {
  /** Null when no certificate should carry it; {@link NameInUse.problem} says why. */
  readonly name: WantedName | null;
  /** As it stands in the file: not safe to print. */
  readonly text: string;
  /** The file, and the place in it: `docker-compose.yml: services.db`. */
  readonly from: string;
  /** Why {@link NameInUse.name} is null, in one line that can be printed; null when it is not. */
  readonly problem: string | null;
  /** How often it was used, where that was counted. */
  readonly uses?: number;
  /** What was seen when it was used, where somebody looked. */
  readonly seen?: SeenUse;
}

/** One use of a name, as `altname run --record` and `altname check --json` tell it. */
export interface SeenUse {
  /** SHA-256 of the certificate that was presented, in lower-case hexadecimal; null when none came. */
  readonly certificate: string | null;
  /** The code of the error that Node reports; null when it accepted. */
  readonly error: string | null;
  /** The address it went to, or the host where that is not known. */
  readonly dialled: string | null;
}

/** What is told of a name beside its text. */
type Told = Pick<NameInUse, 'uses' | 'seen'>;

/** More names than this are in no file that describes one certificate's servers. */
const mostNames = 100_000;
/** More values than this are looked at in no file: one anchor can stand for many. */
const mostSteps = 5_000_000;

/** The names of one file, as they are found. */
export class NamesFound {
  readonly file: string;
  readonly #list: NameInUse[] = [];
  readonly #values = new Set<string>();
  #steps = 0;

  constructor(file: string) {
    this.file = file;
  }

  get list(): readonly NameInUse[] {
    return this.#list;
  }

  /** Enters a name, or the reason why no certificate should carry it. */
  add(text: string, place: string, told: Told = {}): void {
    try {
      const name = parseWantedName(text);
      const why = name.kind === 'ip' ? addressProblem(name.value) : null;
      if (why !== null) return this.refuse(text, place, `"${printable(text, 120)}" ${why}`, told);
      this.#values.add(sanText(name));
      this.#enter({ name, text, from: this.#from(place), problem: null, ...told });
    } catch (error) {
      if (!(error instanceof AltnameError)) throw error;
      this.refuse(text, place, error.message, told);
    }
  }

  /** Enters what stands where a name would, and why it is none. `why` can be printed. */
  refuse(text: string, place: string, why: string, told: Told = {}): void {
    this.#enter({ name: null, text, from: this.#from(place), problem: why, ...told });
  }

  has(name: WantedName): boolean {
    return this.#values.has(sanText(name));
  }

  /**
   * Counts a value that is looked at.
   *
   * @throws {AltnameError} `ALTNAME_BAD_OPTION` when the file has no end
   */
  step(): void {
    if (++this.#steps > mostSteps) throw badSource(this.file, 'has more values than any file of its kind');
  }

  #from(place: string): string {
    return place === '' ? this.file : `${this.file}: ${place}`;
  }

  #enter(name: NameInUse): void {
    if (this.#list.length >= mostNames) {
      throw badSource(this.file, `has over ${mostNames} names; the names for one certificate are expected`);
    }
    this.#list.push(name);
  }
}

/** A file that no names can be taken from: one line that names it. */
export function badSource(file: string, why: string, cause?: unknown): AltnameError {
  return new AltnameError(
    'ALTNAME_BAD_OPTION',
    `"${printable(file, 200)}" ${why}`,
    cause === undefined ? undefined : { cause },
  );
}

/** Addresses that clients do not dial (RFC 1122 §3.2.1.3, RFC 4291 §2.5.2 and §2.7). */
function addressProblem(address: string): string | null {
  const octets = addressOctets(address) ?? new Uint8Array();
  if (octets.every((octet) => octet === 0)) {
    return 'means every address of a machine, and is none that a client checks; ask for those it is reached by';
  }
  if (octets.every((octet) => octet === 255)) return 'is the broadcast address: no server has it';
  const multicast = octets.length === 4 ? (octets[0] ?? 0) >> 4 === 14 : octets[0] === 255;
  return multicast ? 'is a multicast address: no TLS server has it' : null;
}
