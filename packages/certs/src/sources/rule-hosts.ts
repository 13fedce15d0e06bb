/** A host in a rule of Traefik; `pattern` when it is a regular expression. */
export interface RuleHost {
  readonly text: string;
  readonly pattern: boolean;
}

/** The hosts of a rule of Traefik: ``Host(`a`, `b`) || HostSNI(`c`)``, and of `HostRegexp`. */
export function ruleHosts(rule: string): RuleHost[] {
  const hosts: RuleHost[] = [];
  for (const [, kind = '', inside = ''] of rule.matchAll(
    /\b(Host(?:SNI)?(?:Regexp)?)\(([^()]*(?:\([^()]*\)[^()]*)*)\)/gi,
  )) {
    for (const [, text = ''] of inside.matchAll(/[`"']([^`"']*)[`"']/g)) {
      hosts.push({ text, pattern: /regexp$/i.test(kind) });
    }
  }
  return hosts;
}

/** The host of a URL with an authority (RFC 3986 §3.2), without brackets; of several, as MongoDB has them, the first; null for every other text. */
export function hostOfUrl(text: string): string | null {
  const match = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?(?:\[([^\]]*)\]|([^/?#:,]*))/i.exec(text);
  return match === null ? null : (match[1] ?? match[2] ?? '');
}
