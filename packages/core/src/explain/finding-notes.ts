import type { FindingCode } from '../diagnosis/catalogue.ts';

/** What can be said of a finding without any evidence: the essence of its page in `docs/findings/`. */
export interface FindingNote {
  /** What is true when it is found, and why that matters: one to three sentences. */
  readonly meaning: string;
  /** What usually puts it right, and who has to do it; best first. */
  readonly fixes: readonly string[];
}

/** A note for every code of the catalogue. */
export const findingNotes: Readonly<Record<FindingCode, FindingNote>> = {
  'name-mismatch': {
    meaning:
      'The name that was checked is not among the names on the certificate, and nothing more particular explains it.',
    fixes: [
      'issuer: issue a certificate whose subjectAltName has the name',
      'server: present the certificate that has it, if there is one, for that server name',
      'client: correct the host, if another server was meant',
    ],
  },
  'wildcard-depth': {
    meaning:
      'A wildcard on the certificate stands for exactly one label, and the name has more labels in its place: *.example.com covers a.example.com, not a.b.example.com (RFC 9525 §6.3).',
    fixes: [
      'issuer: add the name, or a wildcard one level deeper (*.b.example.com)',
      'dns: use a name that is one level deep',
    ],
  },
  'wildcard-apex': {
    meaning:
      'A wildcard on the certificate does not cover the domain itself: *.example.com covers www.example.com, not example.com.',
    fixes: ['issuer: issue for both, example.com and *.example.com', 'client: use a name below the domain'],
  },
  'wildcard-partial': {
    meaning:
      'On the certificate * is only a part of a label (f*.example.com), or not in the first one. By RFC 9525 such a name matches nothing; Node lets a part of a label pass, other clients do not.',
    fixes: ['issuer: issue for the whole name, or with * as the whole first label'],
  },
  'wildcard-too-broad': {
    meaning:
      'The wildcard has only one label after it (*.com, *.local), or covers names of many owners. It matches nothing, or should not.',
    fixes: ['issuer: issue for the names themselves'],
  },
  'www-or-apex': {
    meaning: 'The certificate has the name only with www, or only without it. These are two names.',
    fixes: ['issuer: issue for both', 'client: use the one that is there, if it is the server you mean'],
  },
  'typo-suspected': {
    meaning: 'One label of the name differs by a slip of the keyboard from one on the certificate.',
    fixes: ['client: correct the host, if it is the server you mean'],
  },
  'ip-not-on-certificate': {
    meaning:
      'An IP address was checked, and the certificate does not have it. An address is only compared with addresses (IP: entries), never with DNS names.',
    fixes: [
      'client: connect by the name that the certificate has',
      'client: keep the address and set servername to that name',
      'issuer: add the address as IP:, not as DNS:',
    ],
  },
  'ip-as-dns-san': {
    meaning:
      'The address stands on the certificate as a DNS name (DNS:127.0.0.1), which is never compared with an address. Node then says that the address is not in the list, and prints an empty list.',
    fixes: ['issuer: issue it again with IP:127.0.0.1 in the place of DNS:127.0.0.1'],
  },
  'dns-as-ip-san': {
    meaning:
      'The letters of a name stand in an address entry of the certificate, which is for 4 or 16 octets.',
    fixes: ['issuer: put names in DNS: entries and addresses in IP: entries'],
  },
  'name-only-in-cn': {
    meaning:
      'The name is only the common name (CN) of the certificate. It does not count (RFC 9525 §2): browsers, curl and Go refuse it, while Node falls back to it when there is no DNS name.',
    fixes: ['issuer: issue it again with the name in the subjectAltName'],
  },
  'no-names': {
    meaning:
      'The certificate has neither a DNS name nor an address in a subjectAltName, so nothing can match it.',
    fixes: ['issuer: issue it again with a subjectAltName that has every name and address in use'],
  },
  'san-malformed': {
    meaning:
      'The subjectAltName cannot be read, or is there twice. Such a certificate has no name that can be trusted.',
    fixes: ['issuer: issue it again, with one well-formed subjectAltName'],
  },
  'presented-trailing-dot': {
    meaning:
      'A name on the certificate ends in a dot. That is no host name there (RFC 5280 §4.2.1.6), and most clients refuse it. The dot that Node prints in its error is something else, and harmless.',
    fixes: ['issuer: issue it again without the dot'],
  },
  'presented-not-ascii': {
    meaning:
      'A name on the certificate has characters beyond ASCII. A certificate has to carry the A-label (xn--…).',
    fixes: ['issuer: issue it again with the A-label'],
  },
  underscore: {
    meaning:
      'The name has an underscore. Node matches it, but it is no host name: public authorities do not issue for it, and some servers and proxies refuse it.',
    fixes: ['dns: use a hyphen, if anybody refuses the underscore'],
  },
  'sni-not-sent': {
    meaning:
      'The client sent no server name (SNI), so the server had to guess and presented its default certificate. tls.connect sends none unless servername is given.',
    fixes: ['client: set servername to the name you ask for'],
  },
  'sni-from-host-header': {
    meaning:
      'A Host header set by the client became the server name, and the name that is checked. Node does that in https, and so do axios, got and undici.request; curl does not.',
    fixes: [
      'client: set servername beside the header',
      'client: in a proxy, set changeOrigin, or an agent with servername',
    ],
  },
  'sni-is-ip': {
    meaning:
      'An IP address was given as server name, which RFC 6066 §3 does not allow. Node 26 throws for it, older lines warn (DEP0123), and some servers refuse it.',
    fixes: ["client: give servername only when the host is a name: servername: net.isIP(host) ? '' : host"],
  },
  'sni-not-normal': {
    meaning:
      'The server name has a trailing dot, a port, brackets or capital letters. Node sends it as it is, and servers that compare it letter by letter then present another certificate.',
    fixes: ['client: give the bare name, in lower case, without port and dot'],
  },
  'sni-differs-from-checked': {
    meaning:
      'One name is sent and another one is checked, and the certificate for the first does not have the second.',
    fixes: ['client: send and check the same name, unless you mean the difference'],
  },
  'checked-defaulted-to-localhost': {
    meaning:
      'The client told Node neither servername nor host, so Node checked localhost. That happens where a client opens the socket itself and upgrades it: databases, proxies, STARTTLS. It also accepts any trusted certificate for localhost from anybody.',
    fixes: [
      'client: set servername (or ssl.servername, tls.servername) to the name you ask for',
      'client: update the client library',
    ],
  },
  'default-certificate': {
    meaning:
      'The server has no certificate for the server name it got, or got none, and presented its default one.',
    fixes: [
      'server: configure a certificate for the name (virtual host, ingress rule, secret), then reload',
      'dns: point the name at the server that has it',
      'client: send the right server name',
    ],
  },
  'sni-refused': {
    meaning:
      'The server answered the server name with an alert, or closed the connection: it does not serve that name.',
    fixes: [
      'client: ask for a name that it serves',
      'server: add the name to its configuration',
      'dns: point the name at the server that has it',
    ],
  },
  'sni-required': {
    meaning: 'The server answers only to a server name, and the client sent none.',
    fixes: ['client: set servername to the name you ask for'],
  },
  'sni-ignored': {
    meaning:
      'The server presents the same certificate for every server name, and that certificate does not have the name.',
    fixes: [
      'server: let it choose the certificate by server name',
      'issuer: add the name to the one certificate it has',
    ],
  },
  'certificates-differ-by-address': {
    meaning:
      'The name has several addresses, and they present different certificates: one of them was not renewed, or is no longer yours.',
    fixes: ['server: give all of them the same certificate', 'dns: take out the address that is wrong'],
  },
  'asked-is-alias': {
    meaning:
      'The name is an alias (CNAME), and the certificate is for the name it stands for, as with managed databases and caches.',
    fixes: [
      'client: connect by the name it stands for, or set servername to it',
      'issuer: issue a certificate that has the alias',
    ],
  },
  'search-domain-answered': {
    meaning:
      'The name itself has no address; a search domain was put behind it, and somebody there answered.',
    fixes: [
      'client: write the name in full',
      'dns: correct the search domains, or the wildcard record that answers',
    ],
  },
  'pinned-servername-reused': {
    meaning:
      'One servername was set once and is used for several hosts: cluster nodes, redirects, a shared agent.',
    fixes: ['client: set it for each host, not for all'],
  },
  'self-signed': {
    meaning: 'The certificate is signed with its own key and is not among the trusted ones.',
    fixes: [
      'client: trust the authority of your own that should have issued it',
      'server: present a certificate from an authority the clients trust',
    ],
  },
  'issuer-unknown': {
    meaning: 'The chain ends in an authority that this Node does not trust.',
    fixes: [
      'client: trust that authority with NODE_EXTRA_CA_CERTS=ca.pem, once its owner gave you the file',
      'server: use an authority the clients know',
    ],
  },
  'intermediate-missing': {
    meaning:
      'The server sends its own certificate without the ones between it and the root. Browsers often hide that, Node does not.',
    fixes: ['server: send the whole chain (fullchain.pem), the leaf first, without the root'],
  },
  expired: {
    meaning: 'A certificate of the chain is past its last day.',
    fixes: ['server: renew it, and reload the server', 'client: set the clock, if it runs ahead'],
  },
  'not-yet-valid': {
    meaning: 'A certificate of the chain begins later than now.',
    fixes: ['client: set the clock, if it is behind', 'server: wait, or use the certificate before it'],
  },
  'expires-soon': {
    meaning: 'The certificate is near its last day.',
    fixes: ['server: see why it was not renewed'],
  },
  'name-forbidden-by-ca': {
    meaning:
      'An authority of the chain has name constraints, and they do not allow a name on the certificate.',
    fixes: ['issuer: issue from an authority that may', 'client: use a name that it may issue for'],
  },
  'clock-suspect': {
    meaning:
      'The clock of this machine and the time of the server are far apart, and a certificate was refused for its time.',
    fixes: ['client: set the clock'],
  },
  'inspected-by-middlebox': {
    meaning: 'A box on the way opens TLS and presents certificates of its own.',
    fixes: ['client: trust its authority with NODE_EXTRA_CA_CERTS, if your own network runs it'],
  },
  'chain-not-accepted': {
    meaning: 'OpenSSL refused the chain for another reason, which its error code names.',
    fixes: ['server: correct the chain'],
  },
  'dns-not-found': {
    meaning: 'The name has no address.',
    fixes: ['client: correct the host', 'dns: add the record'],
  },
  refused: {
    meaning: 'The address answered, but nothing listens on the port.',
    fixes: ['client: correct host and port', 'server: start it, or let it listen there'],
  },
  timeout: {
    meaning: 'Nothing came back in time.',
    fixes: ['client: correct host and port', 'server: see what drops or delays the packets'],
  },
  reset: {
    meaning:
      'The connection was closed in the middle of the handshake. Servers and filters do so for a missing or unwanted server name, too.',
    fixes: ['client: send the right server name', 'server: see its log for that moment'],
  },
  'not-tls': {
    meaning: 'The port speaks something else than TLS, usually plain HTTP.',
    fixes: ['client: use the TLS port, or http:// for a port that has no TLS'],
  },
  'starttls-needed': {
    meaning: 'The port speaks its own protocol first and changes to TLS when it is asked to (STARTTLS).',
    fixes: ['client: use STARTTLS, or the port that begins with TLS at once'],
  },
  'protocol-version': {
    meaning: 'Client and server share no TLS version.',
    fixes: ['server: offer TLS 1.2 or 1.3', 'client: widen minVersion or maxVersion, if they were set'],
  },
  'client-certificate-required': {
    meaning: 'The server wants a certificate from the client, and got none that it accepts.',
    fixes: ['client: give key and cert to the connection', 'server: accept the authority of the clients'],
  },
  'handshake-failed': {
    meaning: 'The handshake broke off for another reason, which the alert or the error code names.',
    fixes: ['server: see its log for that moment'],
  },
  'node-version-hazard': {
    meaning: 'This version of Node gets something wrong that matters here.',
    fixes: ['client: update Node'],
  },
  'accepted-only-by-node': {
    meaning:
      'Node accepts what RFC 9525 refuses, so other clients will refuse it: a name only in the CN, a wildcard that is a part of a label.',
    fixes: ['issuer: issue it again with the names in full'],
  },
  'refused-only-by-this-node': {
    meaning:
      'RFC 9525 accepts what this Node refuses. Other clients, and other versions of Node, will accept it.',
    fixes: ['client: update Node'],
  },
  'extra-ca-replaced': {
    meaning:
      'A ca option replaces the roots Node comes with, and those of NODE_EXTRA_CA_CERTS; what they know is then unknown.',
    fixes: ['client: give both: ca: [...tls.rootCertificates, yours], or only NODE_EXTRA_CA_CERTS'],
  },
};
