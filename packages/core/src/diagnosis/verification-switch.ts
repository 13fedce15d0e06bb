import { printable } from '../names/printable.ts';
import type { AppFacts, ClientName } from './evidence.ts';
import { clientOf, recipeValues } from './remedies.ts';
import type { FixDraft } from './rule.ts';
import type { View } from './view.ts';

/** What in a program keeps Node from refusing. Named so that it can be removed; never with the value that does it. */
export interface VerificationSwitch {
  /** What it is, in words that fit behind “because of” and “remove”. */
  readonly text: string;
  /** The chain is verified, only the name is not. */
  readonly identityOnly: boolean;
  /** ` at src/pay.ts:42:18`, fit to be printed; empty when it is not known. */
  readonly place: string;
  /** What Node would refuse without it, by its code; null when nothing, or when that was not to be seen. */
  readonly hides: string | null;
  /** Chain and name were seen, and Node would accept both. */
  readonly hidesNothing: boolean;
}

/** The switch behind a connection that a program made; null when Node verifies in full. */
export function switchOf(view: View): VerificationSwitch | null {
  const { evidence, shown, chainError, nameError } = view;
  const { app } = evidence;
  if (app === undefined || app.verification === 'full') return null;
  const identityOnly = app.verification === 'name-not-checked';
  // With the chain verified, an untrusted one ends the connection: then nothing goes on, and nothing is hidden.
  const hidden = identityOnly ? (chainError === null ? nameError : null) : (chainError ?? nameError);
  return {
    text: identityOnly && comparesOnlyWhenTold(view) ? clientDefault(view) : texts[app.verification],
    identityOnly,
    place: app.callSite === null ? '' : ` at ${printable(app.callSite, 200)}`,
    hides: hidden === null ? null : (hidden.code ?? hidden.message),
    hidesNothing: shown !== null && chainError === null && nameError === null,
  };
}

/** Client: verify again. For a client that compares no name unless it is told to, how it is told. */
export function verifyAgain(view: View, by: VerificationSwitch): FixDraft {
  const { app, client: name } = view.evidence;
  if (app?.verification === 'off-by-environment') {
    return { who: 'client', sure: 'certain', title: `remove ${by.text} from wherever the process gets it` };
  }
  const client = clientOf(view);
  if (by.identityOnly && comparesOnlyWhenTold(view)) {
    const values = recipeValues(view, view.evidence.names.asked.value);
    if (values === null) {
      const title = `have ${client.title} compare the name, and give it a name instead of an address`;
      return { who: 'client', sure: 'needs-your-values', title };
    }
    const code = client.verifyName?.(values) ?? null;
    return { who: 'client', sure: 'certain', title: `have ${client.title} compare the name`, code };
  }
  const own = name === null ? undefined : ownSwitches[name]?.[by.identityOnly ? 'identity' : 'all'];
  const setBy = own === undefined ? '' : `, or what sets it in ${client.title}: ${own}`;
  return { who: 'client', sure: 'certain', title: `remove ${by.text}${setBy}` };
}

function comparesOnlyWhenTold(view: View): boolean {
  return view.evidence.client !== null && clientOf(view).verifyName !== undefined;
}

function clientDefault(view: View): string {
  return `the default of ${clientOf(view).title} (no name is compared)`;
}

const texts: Readonly<Record<Exclude<AppFacts['verification'], 'full'>, string>> = {
  'off-by-option': 'the option rejectUnauthorized',
  'off-by-environment': 'the variable NODE_TLS_REJECT_UNAUTHORIZED',
  'name-not-checked': 'a checkServerIdentity that agrees to every certificate',
};

/** Clients whose users do not write Node's own options, and what they write instead. */
const ownSwitches: Readonly<
  Partial<Record<ClientName, { readonly all?: string; readonly identity?: string }>>
> = {
  superagent: { all: 'disableTLSCerts' },
  'http-proxy': { all: 'the option secure' },
  httpxy: { all: 'the option secure' },
  pg: { all: 'an sslmode other than verify-full', identity: 'an sslmode other than verify-full' },
  postgres: { all: 'a word for ssl other than verify-full' },
  mongodb: { all: 'tlsAllowInvalidCertificates', identity: 'tlsAllowInvalidHostnames' },
  tedious: { all: 'trustServerCertificate' },
};
