import type { Node, YAMLMap } from 'yaml';
import { isLoopback, serverNameFault } from '../text/server-name.ts';
import type { Fault, Passage } from '../text/passage.ts';
import type { Found } from '../text-file.ts';
import type { YamlTree } from '../yaml/tree.ts';

const example = 'api.internal.example';
const trusted = 'trusted_ca: { filename: /etc/envoy/upstream-ca.pem }';

/** What verifies a certificate by something else than a CA. */
const otherTrust = [
  'system_root_certs',
  'ca_certificate_provider_instance',
  'custom_validator_config',
  'verify_certificate_hash',
  'verify_certificate_spki',
];
const names = ['match_typed_subject_alt_names', 'match_subject_alt_names', 'verify_subject_alt_name'];

/** What is wrong with the TLS to upstreams of an Envoy: everything that is `UpstreamTlsContext`. */
export function* envoyFindings(tree: YamlTree): Generator<Found, void> {
  /** Those of `transport_socket_matches` are of the cluster around them. */
  const clusters = new Map<YAMLMap | Node, YAMLMap>();
  for (const { key, value, map } of tree.entries()) {
    const name = snake(key.text);
    if (name === 'transport_socket_matches') for (const item of tree.items(value)) clusters.set(item, map);
    if (name !== 'transport_socket') continue;
    const context = valueOf(tree, value, 'typed_config');
    const type = tree.text(valueOf(tree, context, '@type'));
    if (context === undefined || type?.text.endsWith('UpstreamTlsContext') !== true) continue;
    yield* new UpstreamContext(tree, context, type, clusters.get(map) ?? map).find();
  }
}

class UpstreamContext {
  readonly #tree: YamlTree;
  readonly #context: Node;
  /** Where it says what it is. */
  readonly #type: Passage;
  readonly #cluster: Node;

  constructor(tree: YamlTree, context: Node, type: Passage, cluster: Node) {
    this.#tree = tree;
    this.#context = context;
    this.#type = type;
    this.#cluster = cluster;
  }

  *find(): Generator<Found, void> {
    const options = this.#optionsOfCluster();
    yield* this.#ofVerification(options);
    const sni = this.#entry(this.#context, 'sni');
    const value = this.#tree.text(sni?.value);
    if (value !== null && sni !== undefined && value.text !== '') {
      const ofAddress = 'no server has a certificate by an address that is sent as name';
      const fault = serverNameFault({ option: 'sni', value: value.text, ofAddress, hint: `sni: ${example}` });
      if (fault !== null) yield this.#tree.span(sni.key, value).found(fault);
    } else if (
      !options.has('auto_sni') &&
      !this.#isTrue(this.#context, 'auto_host_sni') &&
      !options.has('near')
    ) {
      yield this.#type.found(nameNotSent);
    }
  }

  *#ofVerification(options: ReadonlySet<string>): Generator<Found, void> {
    const common = valueOf(this.#tree, this.#context, 'common_tls_context');
    const combined = valueOf(this.#tree, common, 'combined_validation_context');
    // What a secret of somewhere else says is not known.
    const isElsewhere =
      combined !== undefined ||
      [...this.#tree.pairs(common)].some(({ key }) =>
        /^(?:validation_context_|custom_validator)/.test(snake(key.text)),
      );
    const context =
      this.#entry(common, 'validation_context') ?? this.#entry(combined, 'default_validation_context');
    const trust = this.#entry(context?.value, 'trust_chain_verification');
    const trustValue = this.#tree.text(trust?.value);
    if (trust !== undefined && trustValue?.text === 'ACCEPT_UNTRUSTED') {
      yield this.#tree.span(trust.key, trustValue).found(untrustedAccepted);
      return;
    }
    if (isElsewhere) return;
    const ca = this.#entry(context?.value, 'trusted_ca');
    const others = otherTrust.filter((name) => this.#entry(context?.value, name) !== undefined);
    if (ca === undefined && others.length === 0) {
      if (!options.has('near')) yield (context?.key ?? this.#type).found(verificationAbsent);
      return;
    }
    const isNamed =
      names.some((name) => this.#entry(context?.value, name) !== undefined) ||
      others.some((name) => !/^(?:system_root|ca_certificate)/.test(name)) ||
      this.#isTrue(this.#context, 'auto_sni_san_validation') ||
      options.has('auto_san_validation');
    const place = ca ?? this.#entry(context?.value, others[0] ?? '');
    if (!isNamed && place !== undefined && !options.has('near')) yield place.key.found(nameNotCompared);
  }

  /** What the cluster says of names, wherever in it; `near` where it goes to this machine alone. */
  #optionsOfCluster(): ReadonlySet<string> {
    const found = new Set<string>();
    const hosts: string[] = [];
    for (const { key, value, path } of this.#tree.entries(this.#cluster)) {
      const name = snake(key.text);
      const text = this.#tree.text(value)?.text;
      if ((name === 'auto_sni' || name === 'auto_san_validation') && text === 'true') found.add(name);
      if (name === 'address' && text !== undefined && snake(path.at(-1) ?? '') === 'socket_address')
        hosts.push(text);
      if (name === 'path' && snake(path.at(-1) ?? '') === 'pipe') hosts.push('unix:');
    }
    if (hosts.length > 0 && hosts.every(isLoopback)) found.add('near');
    return found;
  }

  #entry(map: Node | undefined, name: string): { key: Passage; value: Node } | undefined {
    return [...this.#tree.pairs(map)].find(({ key }) => snake(key.text) === name);
  }

  #isTrue(map: Node, name: string): boolean {
    return this.#tree.text(this.#entry(map, name)?.value)?.text === 'true';
  }
}

function valueOf(tree: YamlTree, map: Node | undefined, name: string): Node | undefined {
  for (const { key, value } of tree.pairs(map)) if (snake(key.text) === name) return value;
  return undefined;
}

/** Names of fields may be written in both ways. */
function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const verificationAbsent: Fault = {
  code: 'no-disabled-verification',
  message:
    'TLS to an upstream without trusted_ca: Envoy takes any certificate, and hands what it passes on to whoever answers.',
  hint: `common_tls_context: { validation_context: { ${trusted} } } with sni and auto_sni_san_validation: true`,
};

const untrustedAccepted: Fault = {
  code: 'no-disabled-verification',
  message:
    'trust_chain_verification: ACCEPT_UNTRUSTED: Envoy takes the certificate of any issuer, and hands what it passes on to whoever answers.',
  hint: 'trust_chain_verification: VERIFY_TRUST_CHAIN',
};

const nameNotCompared: Fault = {
  code: 'no-disabled-identity-check',
  message: 'A CA, and no name: Envoy takes any certificate of it, whatever name is on it.',
  hint: `match_typed_subject_alt_names: [{ san_type: DNS, matcher: { exact: ${example} } }], or auto_sni_san_validation: true beside sni`,
};

const nameNotSent: Fault = {
  code: 'servername-not-sent',
  message:
    'TLS to an upstream without sni: Envoy sends no server name, and an upstream with several certificates shows the one that it has for nobody.',
  hint: `sni: ${example}`,
};
