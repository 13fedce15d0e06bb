import {
  createAuthority,
  daysFromNow,
  selfSigned,
  type Authority,
  type CertificateRequest,
  type Credentials,
} from './authority.ts';

/** The authorities of the estate. Only `root` is trusted when a server says nothing else. */
interface Authorities {
  readonly root: Authority;
  /** Below `root`, as public CAs do it. */
  readonly issuing: Authority;
  /** Below `root`, and past its end for three days. */
  readonly lapsed: Authority;
  /** Below `root`, and allowed to issue for `corp.test` only. */
  readonly constrained: Authority;
  /** A company's own root, which nobody else knows. */
  readonly company: Authority;
  /** The root of a TLS inspection proxy, and the CA below it that signs what passes. */
  readonly inspector: Authority;
  readonly inspection: Authority;
}

export type AuthorityName = keyof Authorities;

/** A certificate as a server declares it. */
export interface CertificateSpec extends CertificateRequest {
  /** Who issues it: `root` when not given; `self` for a self-signed one. */
  readonly by?: AuthorityName | 'self';
}

/** What servers are built from: authorities with keys of their own, made fresh for every start. */
export interface World {
  readonly authorities: Authorities;
  /** The certificate of a declaration. One declaration is one certificate, however often it is used. */
  issue(spec: CertificateSpec): Promise<Credentials>;
}

export async function createWorld(): Promise<World> {
  const [root, company, inspector] = await Promise.all([
    createAuthority({ name: 'Estate Root CA', subject: { CN: 'Estate Root CA', O: 'Estate Trust' } }),
    createAuthority({
      name: 'Acme Internal Root CA',
      subject: { CN: 'Acme Internal Root CA', O: 'Acme Corp' },
    }),
    createAuthority({ name: 'Zscaler Root CA', subject: { ...zscaler, CN: 'Zscaler Root CA' } }),
  ]);
  const [issuing, lapsed, constrained, inspection] = await Promise.all([
    root.intermediate({ name: 'Estate E5', subject: { CN: 'E5', O: 'Estate Trust' } }),
    root.intermediate({
      name: 'Estate E4',
      subject: { CN: 'E4', O: 'Estate Trust' },
      notBefore: daysFromNow(-1000),
      notAfter: daysFromNow(-3),
    }),
    root.intermediate({
      name: 'Corp CA',
      subject: { CN: 'Corp Issuing CA', O: 'Corp' },
      constraints: { permitted: ['corp.test'] },
    }),
    inspector.intermediate({
      name: 'Zscaler Intermediate Root CA',
      subject: { ...zscaler, CN: 'Zscaler Intermediate Root CA (zscaler.net)' },
    }),
  ]);
  const authorities = { root, issuing, lapsed, constrained, company, inspector, inspection };
  const issued = new Map<CertificateSpec, Promise<Credentials>>();
  return {
    authorities,
    issue(spec) {
      const { by = 'root', ...request } = spec;
      const made = issued.get(spec) ?? (by === 'self' ? selfSigned(request) : authorities[by].issue(request));
      issued.set(spec, made);
      return made;
    },
  };
}

const zscaler = { O: 'Zscaler Inc.', OU: 'Zscaler Inc.', C: 'US' };
