import { readIdentifier } from '../names/identifier.ts';
import { printable } from '../names/printable.ts';
import { clientProfiles } from './clients/index.ts';
import type { ClientProfile, RecipeValues } from './clients/profile.ts';
import type { Certainty } from './diagnosis.ts';
import type { FixDraft } from './rule.ts';
import type { View } from './view.ts';
import { wireName } from './wire-name.ts';

/** What must be said with every fix that rests on a name only the server has vouched for. */
export const ifItIsTheServerYouMean =
  'only if this is the server you mean: the name comes from its own certificate';

/** The client at hand, or the neutral Node form. */
export function clientOf(view: View): ClientProfile {
  return clientProfiles[view.evidence.client ?? 'https'];
}

/**
 * Client: go on dialling where it dials, but send and check `name`; on the way to a proxy, for the proxy. Empty when
 * `name` is no DNS name.
 *
 * @param dial in place of the host that was dialled
 */
export function expectName(
  view: View,
  name: string | null,
  sure: Certainty,
  condition?: string,
  dial?: string,
): FixDraft[] {
  const found = recipeValues(view, name);
  if (found === null) return [];
  const values = dial === undefined ? found : { ...found, dial };
  const client = clientOf(view);
  const toProxy = isProxyLeg(view);
  const elsewhere = values.dial === values.name ? '' : `, still dialling ${printable(values.dial)}`;
  return [
    {
      who: 'client',
      sure,
      title: `make ${client.title} send and check ${values.name}${toProxy ? ' for the proxy' : ''}${elsewhere}`,
      code: withTraps(view, toProxy ? (client.expectProxyName?.(values) ?? null) : client.expectName(values)),
      ...(condition === undefined ? {} : { condition }),
    },
  ];
}

/** Client: keep the Host header, but send and check `name`. Falls back to {@link expectName}. */
export function keepHostHeader(view: View, name: string | null, sure: Certainty): FixDraft[] {
  const values = recipeValues(view, name);
  const hostHeader = view.evidence.names.host.value;
  const code =
    values === null || hostHeader === null || isProxyLeg(view)
      ? null
      : clientOf(view).keepHostHeader({ ...values, hostHeader });
  if (values === null || code === null) return expectName(view, name, sure);
  return [
    {
      who: 'client',
      sure,
      title: `set the server name to ${values.name} and keep the Host header`,
      code: withTraps(view, code),
    },
  ];
}

/** Client: use another host. */
export function useHost(host: string, sure: Certainty, condition?: string): FixDraft {
  return {
    who: 'client',
    sure,
    title: `use ${printable(host)} as the host`,
    ...(condition === undefined ? {} : { condition }),
  };
}

/** Client: trust the CA that issued this certificate, beside the default roots. */
export function trustIssuer(view: View, condition: string): FixDraft[] {
  return [
    {
      who: 'client',
      sure: 'needs-your-values',
      title: 'trust the CA that issued it, beside the default roots, from a file you got from its owner',
      code: addCa(view, 'ca.pem'),
      condition,
    },
    // The ca option is used in place of all that Node would trust by itself.
    ...(view.evidence.trust.used.includes('ca') ? [] : [trustForProcess(view, condition)]),
  ];
}

/** NODE_EXTRA_CA_CERTS names one file: where it is set, another file in its place would take away what it holds. */
function trustForProcess({ evidence: { trust, app } }: View, condition: string): FixDraft {
  const draft = { who: 'client', sure: 'needs-your-values' } as const;
  if (trust.file !== null) {
    const title = `or add it to the file that NODE_EXTRA_CA_CERTS names (${printable(trust.file, 200)}), which holds for the whole process`;
    return { ...draft, title, condition };
  }
  // Inside a program its environment was seen; another process may have the variable where this one does not.
  const isUnset = app !== undefined && trust.used.length > 0;
  return {
    ...draft,
    title: 'or trust it for the whole process, with no change of code',
    code: 'NODE_EXTRA_CA_CERTS=ca.pem node app.js',
    condition: isUnset
      ? condition
      : `${condition}; if NODE_EXTRA_CA_CERTS is set already, add it to the file that it names`,
  };
}

/** Code: trust the CA in `file` beside the default roots. Null when what is dialled is not what is checked. */
export function addCa(view: View, file: string): string | null {
  const { checked, dialled } = view.evidence.names;
  const name = readIdentifier(checked.value ?? '');
  // The recipes that add a CA are for the target, not for a proxy before it.
  if (
    typeof name === 'string' ||
    name.value !== wireName(dialled.host).replace(/\.$/, '') ||
    isProxyLeg(view)
  )
    return null;
  return withTraps(
    view,
    clientOf(view).addCa({ name: name.value, port: dialled.port, file, ...beginning(view) }),
  );
}

/** Issuer: a certificate that carries the name, in its right kind. */
export function issueFor(names: readonly string[], sure: Certainty = 'certain'): FixDraft {
  const entries = names.map(sanEntry).filter((entry) => entry !== null);
  return {
    who: 'issuer',
    sure,
    title: `issue a certificate whose subjectAltName has ${entries.join(' and ')}`,
  };
}

/** `DNS:name` or `IP:address`, as OpenSSL and most issuers write it; null when it is neither. */
function sanEntry(name: string): string | null {
  const wildcard = name.startsWith('*.');
  const read = readIdentifier(wildcard ? name.slice(2) : name);
  if (typeof read === 'string') return null;
  return read.kind === 'ip' ? `IP:${read.value}` : `DNS:${wildcard ? '*.' : ''}${read.value}`;
}

/** A whole development certificate, made by the OpenSSL command line, with each name in its right kind. */
export function developmentCertificate(names: readonly string[]): string | null {
  const entries = [...new Set(names.map(sanEntry).filter((entry) => entry !== null))];
  if (entries.length === 0) return null;
  return [
    'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 \\',
    '  -keyout key.pem -out cert.pem -subj /CN=development \\',
    `  -addext "subjectAltName=${entries.join(',')}"`,
  ].join('\n');
}

/** The connection at hand is that to a proxy on the way, not to the target. */
export function isProxyLeg({ evidence: { app } }: View): boolean {
  return app?.leg === 'proxy';
}

/** What people stumble over with the client they named, above its code. */
function withTraps(view: View, code: string | null): string | null {
  if (code === null || view.evidence.client === null) return code;
  const traps = clientOf(view).traps.slice(0, 2);
  // A program has options already, which the code does not show.
  const { app, trust } = view.evidence;
  if (app !== undefined && trust.used.includes('ca') && !/\bca\b/.test(code)) traps.push(keepCa);
  if (app?.leg === 'origin' && view.evidence.client === 'tls') traps.push(keepTunnel);
  return [...traps.map((trap) => `// ${trap}`), code].join('\n');
}

const keepTunnel = 'Over a tunnel, its socket stands in place of host and port: connect({ socket, … }).';

const keepCa = 'The ca option that the connection has now is needed here as well.';

/** The values of a recipe that expects `name`; null when that is no DNS name. */
export function recipeValues(view: View, name: string | null): RecipeValues | null {
  const read = name === null ? 'empty' : readIdentifier(name);
  if (typeof read === 'string' || read.kind === 'ip') return null;
  const { dialled } = view.evidence.names;
  return {
    dial: wireName(dialled.host),
    port: dialled.port,
    name: read.value,
    ...beginning(view),
    ...versionOf(view),
  };
}

/** The version of the client's own package, where the program shows it. */
function versionOf(view: View): { readonly version?: string } {
  const { library = null } = view.evidence.app ?? {};
  const { package: name } = clientOf(view);
  const version = name !== null && library?.startsWith(`${name}@`) ? library.slice(name.length + 1) : '';
  return /^\d+\.\d+\./.test(version) ? { version } : {};
}

/** Whether TLS began after a command: known when that was asked for, and inside the program that did it. */
function beginning({ evidence: { starttls, app } }: View): { readonly starttls?: boolean } {
  return starttls === null && app === undefined ? {} : { starttls: starttls !== null };
}
