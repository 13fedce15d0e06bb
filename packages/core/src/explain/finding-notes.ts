import type { Actor } from '../diagnosis/diagnosis.ts';
import type { FindingCode } from '../diagnosis/catalogue.ts';

/** What can be said of a finding without any evidence: the essence of its page in `docs/findings/`. */
export interface FindingNote {
  /** What is true when it is found, and why that matters: one to three sentences. */
  readonly meaning: string;
  /** What usually puts it right, and who has to do it; best first. */
  readonly fixes: readonly { readonly who: Actor; readonly title: string }[];
}

/** A note for every code of the catalogue. */
export const findingNotes: Readonly<Record<FindingCode, FindingNote>> = {
  'name-mismatch': {
    meaning:
      'The name that was checked is not among the names on the certificate, and nothing more particular explains it.',
    fixes: [
      { who: 'issuer', title: 'issue a certificate whose subjectAltName has the name' },
      { who: 'server', title: 'present the certificate that has it, if there is one, for that server name' },
      { who: 'client', title: 'correct the host, if another server was meant' },
    ],
  },
  'wildcard-depth': {
    meaning:
      'A wildcard on the certificate stands for exactly one label, and the name has more labels in its place: *.example.com covers a.example.com, not a.b.example.com (RFC 9525 §6.3).',
    fixes: [
      { who: 'issuer', title: 'add the name, or a wildcard one level deeper (*.b.example.com)' },
      { who: 'dns', title: 'use a name that is one level deep' },
    ],
  },
  'wildcard-apex': {
    meaning:
      'A wildcard on the certificate does not cover the domain itself: *.example.com covers www.example.com, not example.com.',
    fixes: [
      { who: 'issuer', title: 'issue for both, example.com and *.example.com' },
      { who: 'client', title: 'use a name below the domain' },
    ],
  },
  'wildcard-partial': {
    meaning:
      'On the certificate * is only a part of a label (f*.example.com), or not in the first one. By RFC 9525 such a name matches nothing; Node lets a part of a label pass, other clients do not.',
    fixes: [{ who: 'issuer', title: 'issue for the whole name, or with * as the whole first label' }],
  },
  'wildcard-too-broad': {
    meaning:
      'The wildcard has only one label after it (*.com, *.local), or covers names of many owners. It matches nothing, or should not.',
    fixes: [{ who: 'issuer', title: 'issue for the names themselves' }],
  },
  'www-or-apex': {
    meaning: 'The certificate has the name only with www, or only without it. These are two names.',
    fixes: [
      { who: 'issuer', title: 'issue for both' },
      { who: 'client', title: 'use the one that is there, if it is the server you mean' },
    ],
  },
  'short-name': {
    meaning:
      'One side has the short form of a name (api), the other the whole one (api.prod.svc). DNS search domains make the short form reachable; a certificate is compared with the whole text.',
    fixes: [
      { who: 'client', title: 'use the whole name as the host' },
      { who: 'issuer', title: 'issue it with both names' },
    ],
  },
  'typo-suspected': {
    meaning: 'One label of the name differs by a slip of the keyboard from one on the certificate.',
    fixes: [{ who: 'client', title: 'correct the host, if it is the server you mean' }],
  },
  'ip-not-on-certificate': {
    meaning:
      'An IP address was checked, and the certificate does not have it. An address is only compared with addresses (IP: entries), never with DNS names.',
    fixes: [
      { who: 'client', title: 'connect by the name that the certificate has' },
      { who: 'client', title: 'keep the address and set servername to that name' },
      { who: 'issuer', title: 'add the address as IP:, not as DNS:' },
    ],
  },
  'ip-as-dns-san': {
    meaning:
      'The address stands on the certificate as a DNS name (DNS:127.0.0.1), which is never compared with an address. Node then says that the address is not in the list, and prints an empty list.',
    fixes: [{ who: 'issuer', title: 'issue it again with IP:127.0.0.1 in the place of DNS:127.0.0.1' }],
  },
  'dns-as-ip-san': {
    meaning:
      'The letters of a name stand in an address entry of the certificate, which is for 4 or 16 octets.',
    fixes: [{ who: 'issuer', title: 'put names in DNS: entries and addresses in IP: entries' }],
  },
  'name-only-in-cn': {
    meaning:
      'The name is only the common name (CN) of the certificate. It does not count (RFC 9525 §2): browsers and Go refuse it, while Node falls back to it when there is no DNS name.',
    fixes: [{ who: 'issuer', title: 'issue it again with the name in the subjectAltName' }],
  },
  'no-names': {
    meaning:
      'The certificate has neither a DNS name nor an address in a subjectAltName, so nothing can match it.',
    fixes: [
      { who: 'issuer', title: 'issue it again with a subjectAltName that has every name and address in use' },
    ],
  },
  'san-malformed': {
    meaning:
      'The subjectAltName cannot be read, or is there twice. Such a certificate has no name that can be trusted.',
    fixes: [{ who: 'issuer', title: 'issue it again, with one well-formed subjectAltName' }],
  },
  'presented-trailing-dot': {
    meaning:
      'A name on the certificate ends in a dot. That is no host name there (RFC 5280 §4.2.1.6), and most clients refuse it. The dot that Node prints in its error is something else, and harmless.',
    fixes: [{ who: 'issuer', title: 'issue it again without the dot' }],
  },
  'presented-not-ascii': {
    meaning:
      'A name on the certificate has characters beyond ASCII. A certificate has to carry the A-label (xn--…).',
    fixes: [{ who: 'issuer', title: 'issue it again with the A-label' }],
  },
  'presented-as-url': {
    meaning:
      'The certificate carries the name with a scheme, a port or a path around it, or in a URI entry. Only a bare host name in a DNS entry, or an address in an IP entry, counts.',
    fixes: [{ who: 'issuer', title: 'issue it again with the bare name' }],
  },
  underscore: {
    meaning:
      'The name has an underscore. Node matches it, but it is no host name: public authorities do not issue for it, and some servers and proxies refuse it.',
    fixes: [{ who: 'dns', title: 'use a hyphen, if anybody refuses the underscore' }],
  },
  'sni-not-sent': {
    meaning:
      'The client sent no server name (SNI), so the server had to guess and presented its default certificate. tls.connect sends none unless servername is given.',
    fixes: [{ who: 'client', title: 'set servername to the name you ask for' }],
  },
  'sni-from-host-header': {
    meaning:
      'A Host header set by the client became the server name, and the name that is checked. Node does that in https, and so do axios, got and undici.request; curl does not.',
    fixes: [
      { who: 'client', title: 'set servername beside the header' },
      { who: 'client', title: 'in a proxy, set changeOrigin, or an agent with servername' },
    ],
  },
  'sni-is-ip': {
    meaning:
      'An IP address was given as server name, which RFC 6066 §3 does not allow. Node 26 throws for it, older lines warn (DEP0123), and some servers refuse it.',
    fixes: [
      {
        who: 'client',
        title: "give servername only when the host is a name: servername: net.isIP(host) ? '' : host",
      },
    ],
  },
  'sni-not-normal': {
    meaning:
      'The server name has a trailing dot, a port, brackets or capital letters. Node sends it as it is, and servers that compare it letter by letter then present another certificate.',
    fixes: [{ who: 'client', title: 'give the bare name, in lower case, without port and dot' }],
  },
  'sni-differs-from-checked': {
    meaning:
      'One name is sent and another one is checked, and the certificate for the first does not have the second.',
    fixes: [{ who: 'client', title: 'send and check the same name, unless you mean the difference' }],
  },
  'checked-defaulted-to-localhost': {
    meaning:
      'The client told Node neither servername nor host, so Node checked localhost. That happens where a client opens the socket itself and upgrades it: databases, proxies, STARTTLS. It also accepts any trusted certificate for localhost from anybody.',
    fixes: [
      { who: 'client', title: 'set servername (or ssl.servername, tls.servername) to the name you ask for' },
      { who: 'client', title: 'update the client library' },
    ],
  },
  'default-certificate': {
    meaning:
      'The server has no certificate for the server name it got, or got none, and presented its default one.',
    fixes: [
      {
        who: 'server',
        title: 'configure a certificate for the name (virtual host, ingress rule, secret), then reload',
      },
      { who: 'dns', title: 'point the name at the server that has it' },
      { who: 'client', title: 'send the right server name' },
    ],
  },
  'sni-refused': {
    meaning:
      'The server answered the server name with an alert, or closed the connection: it does not serve that name.',
    fixes: [
      { who: 'client', title: 'ask for a name that it serves' },
      { who: 'server', title: 'add the name to its configuration' },
      { who: 'dns', title: 'point the name at the server that has it' },
    ],
  },
  'sni-required': {
    meaning: 'The server answers only to a server name, and the client sent none.',
    fixes: [{ who: 'client', title: 'set servername to the name you ask for' }],
  },
  'sni-ignored': {
    meaning:
      'The server presents the same certificate for every server name, and that certificate does not have the name.',
    fixes: [
      { who: 'server', title: 'let it choose the certificate by server name' },
      { who: 'issuer', title: 'add the name to the one certificate it has' },
    ],
  },
  'certificates-differ-by-address': {
    meaning:
      'The name has several addresses, and they present different certificates: one of them was not renewed, or is no longer yours.',
    fixes: [
      { who: 'server', title: 'give all of them the same certificate' },
      { who: 'dns', title: 'take out the address that is wrong' },
    ],
  },
  'asked-is-alias': {
    meaning:
      'The name is an alias (CNAME), and the certificate is for the name it stands for, as with managed databases and caches.',
    fixes: [
      { who: 'client', title: 'connect by the name it stands for, or set servername to it' },
      { who: 'issuer', title: 'issue a certificate that has the alias' },
    ],
  },
  'search-domain-answered': {
    meaning:
      'The name itself has no address; a search domain was put behind it, and somebody there answered.',
    fixes: [
      { who: 'client', title: 'write the name in full' },
      { who: 'dns', title: 'correct the search domains, or the wildcard record that answers' },
    ],
  },
  'pinned-servername-reused': {
    meaning:
      'One servername was set once and is used for several hosts: cluster nodes, redirects, a shared agent.',
    fixes: [{ who: 'client', title: 'set it for each host, not for all' }],
  },
  'self-signed': {
    meaning: 'The certificate is signed with its own key and is not among the trusted ones.',
    fixes: [
      { who: 'client', title: 'trust the authority of your own that should have issued it' },
      { who: 'server', title: 'present a certificate from an authority the clients trust' },
    ],
  },
  'issuer-unknown': {
    meaning: 'The chain ends in an authority that this Node does not trust.',
    fixes: [
      {
        who: 'client',
        title:
          'trust that authority with NODE_EXTRA_CA_CERTS=ca.pem, once its owner gave you the file; if that is set already, add to its file',
      },
      { who: 'server', title: 'use an authority the clients know' },
    ],
  },
  'intermediate-missing': {
    meaning:
      'The server sends its own certificate without the ones between it and the root. Browsers often hide that, Node does not.',
    fixes: [
      { who: 'server', title: 'send the whole chain (fullchain.pem), the leaf first, without the root' },
    ],
  },
  expired: {
    meaning: 'A certificate of the chain is past its last day.',
    fixes: [
      { who: 'server', title: 'renew it, and reload the server' },
      { who: 'client', title: 'set the clock, if it runs ahead' },
    ],
  },
  'not-yet-valid': {
    meaning: 'A certificate of the chain begins later than now.',
    fixes: [
      { who: 'client', title: 'set the clock, if it is behind' },
      { who: 'server', title: 'wait, or use the certificate before it' },
    ],
  },
  'expires-soon': {
    meaning: 'The certificate is near its last day.',
    fixes: [{ who: 'server', title: 'see why it was not renewed' }],
  },
  'name-forbidden-by-ca': {
    meaning:
      'An authority of the chain has name constraints, and they do not allow a name on the certificate.',
    fixes: [
      { who: 'issuer', title: 'issue from an authority that may' },
      { who: 'client', title: 'use a name that it may issue for' },
    ],
  },
  'clock-suspect': {
    meaning:
      'The clock of this machine and the time of the server are far apart, and a certificate was refused for its time.',
    fixes: [{ who: 'client', title: 'set the clock' }],
  },
  'inspected-by-middlebox': {
    meaning: 'A box on the way opens TLS and presents certificates of its own.',
    fixes: [
      {
        who: 'client',
        title:
          'trust its authority with NODE_EXTRA_CA_CERTS (or in its file, if it is set already), if your own network runs it',
      },
    ],
  },
  'chain-not-accepted': {
    meaning: 'OpenSSL refused the chain for another reason, which its error code names.',
    fixes: [{ who: 'server', title: 'correct the chain' }],
  },
  'dns-not-found': {
    meaning: 'The name has no address.',
    fixes: [
      { who: 'client', title: 'correct the host' },
      { who: 'dns', title: 'add the record' },
    ],
  },
  refused: {
    meaning: 'The address answered, but nothing listens on the port.',
    fixes: [
      { who: 'client', title: 'correct host and port' },
      { who: 'server', title: 'start it, or let it listen there' },
    ],
  },
  timeout: {
    meaning: 'Nothing came back in time.',
    fixes: [
      { who: 'client', title: 'correct host and port' },
      { who: 'server', title: 'see what drops or delays the packets' },
    ],
  },
  reset: {
    meaning:
      'The connection was closed in the middle of the handshake. Servers and filters do so for a missing or unwanted server name, too.',
    fixes: [
      { who: 'client', title: 'send the right server name' },
      { who: 'server', title: 'see its log for that moment' },
    ],
  },
  'not-tls': {
    meaning: 'The port speaks something else than TLS, usually plain HTTP.',
    fixes: [{ who: 'client', title: 'use the TLS port, or http:// for a port that has no TLS' }],
  },
  'starttls-needed': {
    meaning: 'The port speaks its own protocol first and changes to TLS when it is asked to (STARTTLS).',
    fixes: [{ who: 'client', title: 'use STARTTLS, or the port that begins with TLS at once' }],
  },
  'protocol-version': {
    meaning: 'Client and server share no TLS version.',
    fixes: [
      { who: 'server', title: 'offer TLS 1.2 or 1.3' },
      { who: 'client', title: 'widen minVersion or maxVersion, if they were set' },
    ],
  },
  'client-certificate-required': {
    meaning: 'The server wants a certificate from the client, and got none that it accepts.',
    fixes: [
      { who: 'client', title: 'give key and cert to the connection' },
      { who: 'server', title: 'accept the authority of the clients' },
    ],
  },
  'handshake-failed': {
    meaning: 'The handshake broke off for another reason, which the alert or the error code names.',
    fixes: [{ who: 'server', title: 'see its log for that moment' }],
  },
  'verification-disabled': {
    meaning:
      'A program switched verification off for a connection whose certificate Node would accept. The switch hides nothing today; it will hide whatever goes wrong tomorrow, an attacker included.',
    fixes: [{ who: 'client', title: 'take the switch out: nothing else has to change' }],
  },
  'identity-check-disabled': {
    meaning:
      'A program has the chain verified, but not the name: anybody with a certificate from a CA it trusts can answer. Here the name would fit.',
    fixes: [
      {
        who: 'client',
        title:
          'let Node compare the name; in mysql2, which does so only when told: ssl: { verifyIdentity: true }',
      },
    ],
  },
  'verification-disabled-hides': {
    meaning:
      'A connection stands only because verification is switched off. The cause beside it says what Node would refuse; it is what to mend, and then the switch can go.',
    fixes: [
      { who: 'client', title: 'mend the cause first, then take the switch out' },
      { who: 'client', title: 'where it is a private CA, trust that CA instead' },
    ],
  },
  'node-version-hazard': {
    meaning: 'This version of Node gets something wrong that matters here.',
    fixes: [{ who: 'client', title: 'update Node' }],
  },
  'accepted-only-by-node': {
    meaning:
      'Node accepts what RFC 9525 refuses, so other clients will refuse it: a name only in the CN, a wildcard that is a part of a label.',
    fixes: [{ who: 'issuer', title: 'issue it again with the names in full' }],
  },
  'refused-only-by-this-node': {
    meaning:
      'RFC 9525 accepts what this Node refuses. Other clients, and other versions of Node, will accept it.',
    fixes: [{ who: 'client', title: 'update Node' }],
  },
  'extra-ca-replaced': {
    meaning:
      'A ca option replaces the roots Node comes with, and those of NODE_EXTRA_CA_CERTS; what they know is then unknown.',
    fixes: [
      {
        who: 'client',
        title: 'give both: ca: [...tls.rootCertificates, yours], or only NODE_EXTRA_CA_CERTS',
      },
    ],
  },
};
