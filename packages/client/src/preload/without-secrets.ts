/**
 * A name as a program gave it, without what a URL or a half of one can carry beside host and port: credentials, paths,
 * queries, fragments. People pass a whole URL where a host belongs; that mistake is told, the secret in it is not.
 */
export function nameAlone(name: string): string {
  // A socket of Unix, and one without a file.
  if (/^[/\0\\]|^\.\.?[/\\]/.test(name)) return name;
  const [, scheme = '', rest = ''] = /^([a-z][a-z\d+.-]{0,40}:\/\/)?([^]*)$/i.exec(name) ?? [];
  const authority = rest.split(/[/?#\\]/, 1)[0] ?? '';
  const place = authority.slice(authority.lastIndexOf('@') + 1);
  const end = rest === authority ? '' : '/…';
  return `${scheme}${place === authority ? '' : '…@'}${place}${end}`;
}

/** A text of Node or of the program, without the same in all that looks like a URL in it. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\b[a-z][a-z\d+.-]{0,40}:\/\/[^\s"'`<>]*/gi, nameAlone)
    .replace(/[^\s/@"'`,]{1,200}:[^\s/@"'`,]{0,200}@(?=[^\s@])/g, '…@');
}

/** A place in code, without the code itself, and without secrets: a module can be a URL, and its own source. */
export function placeAlone(place: string): string {
  if (/^data:/i.test(place)) return `data:…${/(?::\d+){0,2}$/.exec(place)?.[0] ?? ''}`;
  // As a URL, or as a path that was made of one.
  const [, scheme, rest = '', position = ''] =
    /^([a-z][a-z\d+.-]+):\/{1,2}([^]*?)((?::\d+){0,2})$/i.exec(place) ?? [];
  if (scheme === undefined || scheme === 'file') return place;
  return `${scheme}://${rest.replace(/[?#][^]*$/, '').replace(/^[^/]*@/, '')}${position}`;
}
