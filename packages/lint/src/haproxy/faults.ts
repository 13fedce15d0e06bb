import { printable } from '@altname/core';
import { isAddress, isLoopback, serverNameFault } from '../text/server-name.ts';
import type { Fault } from '../text/setting.ts';
import type { Found } from '../text-file.ts';
import { sampleOf, variablesOfRequest, type Sample } from './expression.ts';
import type { Line, Word } from './reader.ts';
import { serverOf, type ServerLine, type ServerSettings } from './server.ts';

const sections =
  /^(?:global|defaults|frontend|listen|backend|peers|ring|log-forward|log-profile|resolvers|userlist|mailers|program|http-errors|fcgi-app|cache|traces|crt-store|acme)$/;
const example = 'api.internal.example';
const authority = 'ca-file /etc/haproxy/upstream-ca.pem';
const unlessSet = ', unless another file of the configuration sets it';

/** What is wrong in a configuration of HAProxy. */
export class HaproxyFaults {
  readonly #lines: readonly Line[];
  readonly #requestVariables: ReadonlySet<string>;
  /** A file without `global` is one of several. */
  readonly #isWhole: boolean;
  /** Whether `ssl-server-verify none` makes it so that servers are not verified unless they say so. */
  readonly #isOffByDefault: boolean;
  readonly #found = new Map<Word, Found[]>();

  constructor(lines: readonly Line[]) {
    this.#lines = lines;
    this.#requestVariables = variablesOfRequest(lines);
    this.#isWhole = lines.some(([{ text }]) => text === 'global');
    this.#isOffByDefault = lines.some(
      ([{ text }, value]) => text === 'ssl-server-verify' && value?.text === 'none',
    );
  }

  find(): readonly Found[] {
    /** What each `defaults` hands on; under no name that of the last one. */
    const defaults = new Map<string, ServerSettings>([['', {}]]);
    let own: readonly string[] = [];
    let inherited: ServerSettings = {};
    for (const line of this.#lines) {
      const [{ text }, value] = line;
      if (sections.test(text)) {
        const isDefaults = text === 'defaults';
        const from = line.findIndex((word) => word.text === 'from');
        // The last one holds for what comes behind, but a `defaults` begins anew.
        const base = from === -1 ? (isDefaults ? null : '') : (line[from + 1]?.text ?? null);
        inherited = (base === null ? undefined : defaults.get(base)) ?? {};
        own = isDefaults ? ['', ...(value === undefined || from === 1 ? [] : [value.text])] : [];
        for (const name of own) defaults.set(name, inherited);
      } else if (/^(?:ssl-server-verify|httpclient\.ssl\.verify)$/.test(text) && value?.text === 'none') {
        this.#add([line[0], value], verificationOff(text, `${text} required`));
      } else {
        const server = serverOf(line, inherited);
        if (server === null) continue;
        if (server.address !== null) this.#checkServer(line, server);
        else {
          inherited = server.settings;
          for (const name of own) defaults.set(name, inherited);
          this.#checkDefault(server.settings);
        }
      }
    }
    return [...this.#found.values()].flat();
  }

  /** The servers of a `default-server` may be in another file; but what it switches off itself it does for all. */
  #checkDefault(settings: ServerSettings): void {
    const { ssl, verify } = settings;
    if (ssl !== undefined && verify?.[1]?.text === 'none') {
      this.#add(verify, verificationOff('verify', hintOf(settings, example)));
    }
  }

  #checkServer(line: Line, { address, settings }: ServerLine): void {
    const { ssl, checkSsl, verify, sni, verifyHost, caFile } = settings;
    if (ssl === undefined && checkSsl === undefined) return;
    const host = hostOf(address);
    const isNear = host !== null && isLoopback(host);
    const name = host === null || isAddress(host) || isNear ? example : host;
    const place = line.slice(0, address === null ? 1 : line.indexOf(address) + 1);

    const isOff = verify === undefined ? this.#isOffByDefault : verify[1]?.text === 'none';
    if (isOff && verify !== undefined) {
      this.#add(verify, verificationOff('verify', hintOf(settings, name)));
    }
    const isKnown = this.#isWhole || verify !== undefined;
    if (!isOff && isKnown && caFile === undefined) {
      const words = verify ?? ssl ?? checkSsl ?? place;
      this.#add(words, authorityAbsent(words.map(({ text }) => text).join(' ')));
    }
    if (ssl === undefined) return;

    if (sni !== undefined) this.#checkSni(sni, settings);
    else if (settings.sniAuto !== undefined)
      this.#add(settings.sniAuto, nameFromRequest('sni-auto', 'the Host'));
    else if (!isNear) {
      const tail = this.#isWhole ? '' : unlessSet;
      const severity = this.#isWhole ? {} : { severity: 'warning' as const };
      const isCompared = isOff || verifyHost !== undefined;
      this.#add(place, {
        ...(isCompared ? nameNotSent(name, tail) : nameNotCompared(name, tail)),
        ...severity,
      });
    }
    if (sni === undefined) this.#checkName(verifyHost, 'verifyhost');
    this.#checkName(settings.checkSni, 'check-sni');
  }

  #checkSni(sni: readonly Word[], { verifyHost, check, checkSni }: ServerSettings): void {
    const [, value] = sni;
    const sample: Sample =
      value?.isKnown === true ? sampleOf(value.text, this.#requestVariables) : { kind: 'unknown' };
    if (sample.kind === 'request') this.#add(sni, nameFromRequest('sni', sample.fetch));
    if (sample.kind !== 'text') return;
    const { text } = sample;
    const ofAddress =
      'HAProxy sends it all the same, and compares it with DNS names alone, so that no certificate is right';
    const fault = serverNameFault({ option: 'sni', value: text, ofAddress, hint: `sni str(${example})` });
    if (fault !== null) {
      this.#add(sni, fault);
      return;
    }
    if (verifyHost?.[1]?.isKnown === true && verifyHost[1].text !== text) {
      this.#add(verifyHost, hostNotCompared(verifyHost[1].text, text));
    }
    if (check !== undefined && checkSni === undefined) this.#add(check, checkNotNamed(text));
  }

  #checkName(words: readonly Word[] | undefined, option: string): void {
    const value = words?.[1];
    if (words === undefined || value?.isKnown !== true) return;
    const ofAddress = 'HAProxy compares it with DNS names alone, so that no certificate is right';
    const fault = serverNameFault({ option, value: value.text, ofAddress, hint: `${option} ${example}` });
    if (fault !== null) this.#add(words, fault);
  }

  #add(words: readonly Word[], fault: Fault): void {
    const [first] = words;
    if (first === undefined) return;
    const found = this.#found.get(first) ?? [];
    if (found.some(({ code }) => code === fault.code)) return;
    found.push({ ...fault, start: first.start, end: words.at(-1)?.end ?? first.end });
    this.#found.set(first, found);
  }
}

/** The host of an address of HAProxy, without family, protocol and port; null where it is not written here. */
function hostOf(address: Word | null): string | null {
  if (address?.isKnown !== true) return null;
  const text = address.text.replace(/^(?:[a-z]+\+)?(?:ipv|tcp|udp|quic|mptcp)[46]?@/, '');
  // Variables of the environment may stand in an address without quotes.
  if (text.includes('$')) return null;
  if (/^(?:[a-z]+\+)?(?:unix|abnsz?|fd|sockpair|uxst|rhttp)@|^\//.test(text)) return 'unix:';
  if (/^\[.*\]/.test(text)) return text.slice(1, text.indexOf(']'));
  const colons = text.split(':').length - 1;
  // The last colon is in front of the port, in an IPv6 address too.
  return colons === 0 ? text : text.slice(0, text.lastIndexOf(':'));
}

function hintOf({ caFile, ssl, sni, sniAuto }: ServerSettings, name: string): string {
  return [
    'verify required',
    ...(caFile === undefined ? [authority] : []),
    ...(ssl !== undefined && sni === undefined && sniAuto === undefined ? [`sni str(${name})`] : []),
  ].join(' ');
}

function verificationOff(option: string, hint: string): Fault {
  return {
    code: 'no-disabled-verification',
    message: `${option} none: HAProxy takes any certificate, and hands what it passes on to whoever answers.`,
    hint,
  };
}

function authorityAbsent(words: string): Fault {
  return {
    code: 'no-disabled-verification',
    severity: 'warning',
    message: 'ssl without ca-file: HAProxy verifies by default, is not told by whom, and does not start.',
    hint: `${words} ${authority}`,
  };
}

function nameNotCompared(name: string, tail: string): Fault {
  return {
    code: 'no-disabled-identity-check',
    message: `ssl with neither sni nor verifyhost${tail}: HAProxy sends no server name, and takes any certificate of the CA, whatever name is on it. (From 3.3 on it is the Host that the client sends.)`,
    hint: `sni str(${name})`,
  };
}

function nameNotSent(name: string, tail: string): Fault {
  return {
    code: 'servername-not-sent',
    message: `ssl without sni${tail}: HAProxy sends no server name, and a server with several certificates shows the one that it has for nobody. (From 3.3 on it is the Host that the client sends.)`,
    hint: `sni str(${name})`,
  };
}

function checkNotNamed(name: string): Fault {
  return {
    code: 'servername-not-sent',
    severity: 'note',
    message: 'check without check-sni: health checks do not send what sni is, but no server name.',
    hint: `check check-sni ${name}`,
  };
}

function hostNotCompared(host: string, name: string): Fault {
  return {
    code: 'no-disabled-identity-check',
    severity: 'warning',
    message: `verifyhost ${printable(host, 60)} is not compared: where sni is set, it is that, ${printable(name, 60)}.`,
    hint: `one of the two: sni str(${printable(host, 60)})`,
  };
}

function nameFromRequest(option: string, source: string): Fault {
  return {
    code: 'no-servername-from-request',
    message: `${option} is from ${printable(source, 60)}, which the client writes: whoever sends a request decides which certificate is right, whatever verifyhost says.`,
    hint: `sni str(${example})`,
  };
}
