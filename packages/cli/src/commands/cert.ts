import { loadCertCommand } from '../cert/index.ts';
import { make } from '../cert/make.ts';
import type { Terminal } from '../terminal.ts';

/** `altname cert trust --help` asks for the help of trust. */
export const passesOn = true;

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const [first = '', ...rest] = words;
  const chosen = await loadCertCommand(first);
  const isHelp = rest.some((word) => word === '--help' || word === '-h');
  if (isHelp || (first === 'help' && rest.length === 1)) {
    const asked = first === 'help' ? await loadCertCommand(rest[0] ?? '') : chosen;
    await terminal.print(asked?.help ?? help);
    return 0;
  }
  return chosen === null ? make(words, terminal) : chosen.run(rest, terminal);
}

export const help = `Makes certificates with the right names, from a CA that can sign for
development and nothing else.

Usage:
    altname cert localhost 127.0.0.1 ::1 api.local
    altname cert '*.app.test' app.test --out certs
    altname cert localhost --pem-dir /etc/app/tls
    altname cert localhost --pkcs12
    altname cert --ca-dir own --permit dev.example.com api.dev.example.com
    altname cert --from docker-compose.yml --check server.pem
    altname cert renew

The CA is made at the first call, one for each user. What is there and good is
used again; a certificate with less than a third of its days left is made anew.

Options:
    -o, --out DIR      where NAME.pem and NAME-key.pem go; when not given, a
                       directory of their own below that of the CA
    --pem-dir DIR      the same, called fullchain.pem, privkey.pem, cert.pem and
                       chain.pem
    --pkcs12           NAME.p12, too (password: changeit)
    --rsa              RSA of 2048 bits in place of ECDSA P-256
    --days N           1 to 199; 90 when not given
    --renew            make a new one though the one that is there is good
    -f, --force        write over files that altname did not make
    --from FILE        the names in use: a compose file, Kubernetes manifests,
                       /etc/hosts, the output of altname run --record or of
                       altname check --json, or a name a line; may be repeated
    --namespace NAME, --cluster-domain DOMAIN
                       of Kubernetes services; default and cluster.local
    --check FILE       say which of the names this certificate lacks
    --ca-dir DIR       another CA (also ALTNAME_CA_DIR)
    --permit WHAT      let a new CA sign for this domain or range, too
    --json             { certificate, key, ca } as paths
    -q, --quiet        print nothing

More: altname cert trust, untrust, status, renew, csr, diff, each with --help.

Exit codes: 0 it is there, 2 usage.
`;
