import { printable } from '@altname/core';
import { isAddress, isLoopback, serverNameFault } from '../text/server-name.ts';
import type { Fault } from '../text/setting.ts';
import type { Found } from '../text-file.ts';
import { familyOf, passesOf, type Pass } from './pass.ts';
import type { Directive, Level } from './reader.ts';
import { settingAt, type Setting } from './setting.ts';
import { directivesIn, Variables } from './values.ts';

const families = ['proxy_ssl', 'grpc_ssl', 'uwsgi_ssl'];
const example = 'api.internal.example';
const unlessSet = ', unless a file around this one, or one that is included, sets it';

/** `upstream NAME { server HOST:PORT; … }`. */
interface Group {
  /** Without their ports. */
  readonly hosts: ReadonlySet<string>;
  /** Whether all of them are this machine. */
  readonly isNear: boolean;
}

/** What is wrong in a configuration of nginx. */
export class NginxFaults {
  readonly #root: Level;
  readonly #directives: readonly Directive[];
  readonly #variables: Variables;
  readonly #groups = new Map<string, Group>();
  /** By where it is: a setting is told once, though many upstreams have it. */
  readonly #found = new Map<Directive, Found[]>();
  /** Settings that are some upstream's of this file. */
  readonly #used = new Set<Directive>();
  /** The families that upstreams outside of this file may have the settings of, by level. */
  readonly #open = new Map<Level, ReadonlySet<string>>();

  constructor(root: Level) {
    this.#root = root;
    this.#directives = [...directivesIn(root)];
    this.#variables = new Variables(this.#directives);
    for (const { name, words, block } of this.#directives) {
      if (name === 'upstream' && block !== null) this.#groups.set(words[0]?.text ?? '', groupOf(block));
    }
  }

  find(): readonly Found[] {
    for (const directive of this.#directives) {
      const family = familyOf(directive);
      if (family === null) continue;
      for (const part of ['verify', 'name', 'server_name']) {
        const setting = settingAt(directive.level, `${family}_${part}`);
        if (setting.kind === 'set') this.#used.add(setting.directive);
      }
      for (const pass of passesOf(directive, this.#variables)) this.#checkPass(pass);
    }
    for (const directive of this.#directives) {
      if (!this.#used.has(directive)) this.#checkUnused(directive);
    }
    return [...this.#found.values()].flat();
  }

  #checkPass(pass: Pass): void {
    const { directive, family } = pass;
    const of = (part: string): Setting => settingAt(directive.level, `${family}_${part}`);
    const verify = of('verify');
    const sni = of('server_name');
    const name = of('name');
    const isNear = pass.host.kind === 'texts' && pass.host.texts.every((host) => this.#isNear(host));
    const isToBeNamed = this.#isToBeNamed(pass, name);
    const hint = hintOf(family, true, isToBeNamed);

    if (isOff(verify)) this.#add(verify.directive, verificationOff(family, hint));
    else if (verify.kind !== 'set' && !isNear) {
      this.#add(directive, verificationAbsent(directive.name, family, verify, hint));
    }
    if (isOn(verify) && of('trusted_certificate').kind === 'absent') {
      this.#add(verify.directive, authorityAbsent(family));
    }

    const isAddressed = this.#checkName(pass, name, useOf([verify, sni]), isNear);
    if (isAddressed) return;
    if (isOff(sni)) this.#add(sni.directive, nameNotSent(family, sni, isToBeNamed));
    else if (sni.kind !== 'set' && !isNear) this.#add(directive, nameNotSent(family, sni, isToBeNamed));
  }

  /** @returns whether the upstream is an address without a name, for which none is sent whatever is set */
  #checkName(pass: Pass, name: Setting, use: Use, isNear: boolean): boolean {
    const { directive, family, host } = pass;
    if (name.kind === 'set' && !/^\$\{?proxy_host\}?$/.test(name.value)) {
      if (use !== 'none') this.#checkNameSetting(name.directive, `${family}_name`);
      return false;
    }
    if (host.kind === 'request') {
      if (name.kind === 'absent' || use !== 'sure') {
        this.#add(directive, hostFromRequest(directive.name, host.variable));
      }
      return false;
    }
    if (host.kind === 'unknown' || isNear) return false;
    if (host.texts.length > 0 && host.texts.every(isAddress)) {
      this.#add(directive, addressWithoutName(directive.name, family, name));
      return true;
    }
    const group = host.texts.find((text) => this.#isMereGroup(text));
    if (group !== undefined && use === 'sure') this.#add(directive, nameIsGroup(group, family, name));
    return false;
  }

  #checkNameSetting(directive: Directive, option: string): void {
    const [word] = directive.words;
    if (word === undefined) return;
    const value = this.#variables.valueOf(word.text);
    if (value.kind === 'request') {
      this.#add(directive, nameFromRequest(option, value.variable));
    } else if (value.kind === 'texts') {
      for (const text of value.texts) {
        const fault = this.#nameFault(text, option);
        if (fault !== null) this.#add(directive, fault);
      }
    }
  }

  #nameFault(text: string, option: string): Fault | null {
    const hint = `${option} ${example};`;
    // Nginx itself takes what follows a colon for a port, and the brackets with it.
    const value = isAddress(text) || text.includes('://') ? text : text.replace(/:.*$/s, '');
    if (this.#isMereGroup(value)) return nameIsGroup(value, option.replace(/_name$/, ''), { kind: 'absent' });
    const ofAddress =
      'nginx does not send it, and compares it with DNS names alone, so that no certificate has it';
    return serverNameFault({ option, value, ofAddress, hint });
  }

  /** A setting that no upstream of this file has is for files that are included, or around it. */
  #checkUnused(directive: Directive): void {
    const family = families.find((each) => directive.name.startsWith(each));
    if (family === undefined || !this.#isOpen(directive.level, family)) return;
    if (directive.name === `${family}_verify` && directive.words[0]?.text === 'off') {
      this.#add(directive, verificationOff(family, hintOf(family, true, false)));
    }
    if (directive.name === `${family}_name`) this.#checkNameSetting(directive, directive.name);
  }

  /** Whether upstreams that are not seen here may have the settings of a level. */
  #isOpen(level: Level, family: string): boolean {
    if (level === this.#root) return true;
    let open = this.#open.get(level);
    if (open === undefined) {
      const isIncluding = level.directives.some(({ name }) => name === 'include');
      const passing = new Set(level.directives.map(familyOf));
      open = new Set(families.filter((each) => isIncluding || !passing.has(each)));
      this.#open.set(level, open);
    }
    return open.has(family);
  }

  /** A group whose name is that of no server: one that somebody made up. */
  #isMereGroup(name: string): boolean {
    const group = this.#groups.get(name);
    return group !== undefined && !name.includes('.') && !group.hosts.has(name);
  }

  #isNear(host: string): boolean {
    return this.#groups.get(host)?.isNear ?? isLoopback(host);
  }

  /** Whether a name has to be written, because where it goes is none. */
  #isToBeNamed({ host }: Pass, name: Setting): boolean {
    if (name.kind === 'set') return false;
    return host.kind !== 'texts' || host.texts.some((each) => isAddress(each) || this.#isMereGroup(each));
  }

  #add(directive: Directive, fault: Fault): void {
    const { start, end } = directive;
    const found = this.#found.get(directive);
    if (found === undefined) this.#found.set(directive, [{ ...fault, start, end }]);
    else if (!found.some(({ code }) => code === fault.code)) found.push({ ...fault, start, end });
  }
}

function groupOf(block: Level): Group {
  const hosts = block.directives
    .filter(({ name }) => name === 'server')
    .map(({ words }) => (words[0]?.text ?? '').replace(/:\d+$/, ''));
  return { hosts: new Set(hosts), isNear: hosts.length > 0 && hosts.every(isLoopback) };
}

function isOff(setting: Setting): setting is Setting & { kind: 'set' } {
  return setting.kind === 'set' && setting.value === 'off';
}

function isOn(setting: Setting): setting is Setting & { kind: 'set' } {
  return setting.kind === 'set' && setting.value === 'on';
}

type Use = 'sure' | 'maybe' | 'none';

/** What becomes of a name: `sure` that it is sent or compared, `maybe` where other files decide. */
function useOf(settings: readonly Setting[]): Use {
  if (settings.some(isOn)) return 'sure';
  return settings.some(({ kind }) => kind === 'unknown') ? 'maybe' : 'none';
}

function hintOf(family: string, isVerifying: boolean, isNaming: boolean): string {
  return [
    ...(isVerifying
      ? [`${family}_verify on;`, `${family}_trusted_certificate /etc/nginx/upstream-ca.pem;`]
      : []),
    `${family}_server_name on;`,
    ...(isNaming ? [`${family}_name ${example};`] : []),
  ].join(' ');
}

function unless(setting: Setting): { readonly tail: string; readonly severity?: 'warning' } {
  return setting.kind === 'unknown' ? { tail: unlessSet, severity: 'warning' } : { tail: '' };
}

function verificationOff(family: string, hint: string): Fault {
  return {
    code: 'no-disabled-verification',
    message: `${family}_verify off: nginx takes any certificate, and hands what it passes on to whoever answers.`,
    hint,
  };
}

function verificationAbsent(pass: string, family: string, setting: Setting, hint: string): Fault {
  const { tail, ...severity } = unless(setting);
  return {
    code: 'no-disabled-verification',
    message: `${pass} over TLS without ${family}_verify, which is off by default${tail}: nginx takes any certificate, and hands what it passes on to whoever answers.`,
    hint,
    ...severity,
  };
}

function authorityAbsent(family: string): Fault {
  return {
    code: 'no-disabled-verification',
    severity: 'warning',
    message: `${family}_verify is on, and no ${family}_trusted_certificate says by whom: nginx does not start.`,
    hint: `${family}_trusted_certificate /etc/nginx/upstream-ca.pem;`,
  };
}

function nameNotSent(family: string, setting: Setting, isToBeNamed: boolean): Fault {
  const { tail, ...severity } = unless(setting);
  const why = setting.kind === 'set' ? 'is off' : `is off by default${tail}`;
  return {
    code: 'servername-not-sent',
    message: `${family}_server_name ${why}: nginx sends no server name, and an upstream with several certificates shows the one that it has for nobody.`,
    hint: hintOf(family, false, isToBeNamed),
    ...severity,
  };
}

function nameIsGroup(group: string, family: string, setting: Setting): Fault {
  const { tail, ...severity } = unless(setting);
  return {
    code: 'servername-is-group',
    message: `"${printable(group, 60)}" is the name of an upstream group, and what nginx sends and compares with the certificate${tail}: that is on no certificate but one that was made for it.`,
    hint: `${family}_name ${example};`,
    ...severity,
  };
}

function addressWithoutName(pass: string, family: string, setting: Setting): Fault {
  const { tail, ...severity } = unless(setting);
  return {
    code: 'no-ip-servername',
    message: `${pass} goes to an address, and there is no ${family}_name${tail}: nginx sends no server name, and compares the address with DNS names alone, so that no certificate is right.`,
    hint: hintOf(family, false, true),
    ...severity,
  };
}

function nameFromRequest(option: string, variable: string): Fault {
  return {
    code: 'no-servername-from-request',
    message: `${option} is from ${printable(variable, 60)}, which the client writes: whoever sends a request decides which certificate is right.`,
    hint: `${option} ${example};`,
  };
}

function hostFromRequest(pass: string, variable: string): Fault {
  return {
    code: 'no-servername-from-request',
    message: `${pass} goes to ${printable(variable, 60)}, which the client writes: whoever sends a request decides where it goes, and which certificate is right.`,
    hint: 'a table from what may be asked to where it goes: map $host $upstream { shop.example shop.internal.example; }',
  };
}
