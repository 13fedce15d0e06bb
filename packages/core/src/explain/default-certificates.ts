import { foldAscii } from '../names/presented.ts';

/** A name that stands on the certificate a product serves to whoever asks for nothing it knows. */
interface DefaultCertificate {
  readonly served: string;
  /** A whole name, or the end of one when it begins with a dot. Lower case. */
  readonly name: string;
}

const known: readonly DefaultCertificate[] = [
  { served: 'Traefik', name: 'traefik default cert' },
  { served: 'Traefik', name: '.traefik.default' },
  { served: 'the Kubernetes ingress controller', name: 'kubernetes ingress controller fake certificate' },
  { served: 'the Kubernetes ingress controller', name: 'ingress.local' },
  { served: 'a web host', name: '.webhostbox.net' },
  { served: 'DreamHost', name: '.dreamhost.com' },
  { served: 'Azure App Service', name: '.azurewebsites.net' },
  { served: 'Cloudflare', name: 'sni.cloudflaressl.com' },
  { served: 'Cloudflare', name: '.cloudflaressl.com' },
  { served: 'Fastly', name: 'default.ssl.fastly.net' },
  { served: 'Plesk', name: 'plesk' },
  { served: 'Parallels Panel', name: 'parallels panel' },
  { served: 'Fortinet', name: 'fortigate' },
  { served: 'Heroku', name: '.herokuapp.com' },
  { served: 'Vercel', name: 'no-sni.vercel-infra.com' },
  { served: 'Google', name: 'invalid2.invalid' },
  { served: 'Apache', name: 'localhost.localdomain' },
];

/** Who is known to serve one of these names by default; null when none of them is known. Names as presented. */
export function whoseDefault(names: readonly string[]): { served: string; name: string } | null {
  for (const name of names.slice(0, 100)) {
    const folded = foldAscii(name).replace(/^\*/, '');
    const found = known.find(
      (entry) => folded === entry.name || (entry.name.startsWith('.') && folded.endsWith(entry.name)),
    );
    if (found !== undefined) return { served: found.served, name };
  }
  return null;
}
