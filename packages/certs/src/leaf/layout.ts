import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { sanText, type WantedName } from '../names/wanted-name.ts';

/** The files of a certificate for servers; absolute paths. */
export interface LeafFiles {
  /** The certificate and the issuer below the root. */
  readonly certificate: string;
  readonly key: string;
  /** The certificate alone, and the issuer alone, where the layout has them. */
  readonly alone?: string;
  readonly issuers?: string;
  readonly pkcs12?: string;
}

/** How the files are called: as one pair, or as certbot calls them. */
export type Layout = 'pair' | 'certbot';

/**
 * | layout    | files                                               |
 * |-----------|-----------------------------------------------------|
 * | `pair`    | `NAME.pem`, `NAME-key.pem`, and `NAME.p12` on request |
 * | `certbot` | `fullchain.pem`, `privkey.pem`, `cert.pem`, `chain.pem`, and `certificate.p12` on request |
 */
export function leafFiles(
  dir: string,
  names: readonly WantedName[],
  layout: Layout,
  pkcs12: boolean,
): LeafFiles {
  if (layout === 'certbot') {
    return {
      certificate: join(dir, 'fullchain.pem'),
      key: join(dir, 'privkey.pem'),
      alone: join(dir, 'cert.pem'),
      issuers: join(dir, 'chain.pem'),
      ...(pkcs12 ? { pkcs12: join(dir, 'certificate.p12') } : {}),
    };
  }
  const name = fileName(names);
  return {
    certificate: join(dir, `${name}.pem`),
    key: join(dir, `${name}-key.pem`),
    ...(pkcs12 ? { pkcs12: join(dir, `${name}.p12`) } : {}),
  };
}

/** A directory of its own below `dir` for each set of names and the one that comes first. */
export function directoryOf(dir: string, names: readonly WantedName[]): string {
  const set = names.map(sanText).toSorted().join(',');
  const id = createHash('sha256').update(set).digest('hex').slice(0, 8);
  return join(dir, 'certificates', `${fileName(names)}-${id}`);
}

/** The first name, as a file may be called on every platform. */
function fileName([first]: readonly WantedName[]): string {
  const name = first?.value ?? '';
  return name.replace(/^\*/, '_wildcard').replaceAll(':', '-').replace(/^-/, 'ip-').slice(0, 100);
}
