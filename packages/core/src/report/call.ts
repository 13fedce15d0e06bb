import { clientProfiles } from '../diagnosis/clients/index.ts';
import type { Diagnosis } from '../diagnosis/diagnosis.ts';
import { printable } from '../names/printable.ts';

/** A place in a source file, for tools that mark it there. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Where a program made the connection, by which library, and on which leg of the way: `src/pay.ts:42:18`,
 * `axios@1.21.1`, `through the proxy`. Empty for a connection that altname made itself.
 */
export function callParts({ app, client }: Diagnosis): string[] {
  if (app === undefined) return [];
  const by = app.library ?? (client === null ? null : clientProfiles[client].title);
  const parts = [app.callSite ?? '', by ?? '', legText[app.leg]];
  const said = parts.map((part) => printable(part, 200)).filter((part) => part !== '');
  // A client alone stands above its code already.
  return app.callSite === null && app.library === null && app.leg === 'direct' ? [] : said;
}

/** The call site; null when none is known. */
export function callSiteOf({ app }: Diagnosis): string | null {
  return app === undefined || app.callSite === null ? null : printable(app.callSite, 200);
}

/** The call site in its parts; null when it is none that a source file has. */
export function sourcePlaceOf({ app }: Diagnosis): SourcePlace | null {
  const [, file, line, column] = /^(.+?):(\d{1,9}):(\d{1,9})$/s.exec(app?.callSite ?? '') ?? [];
  if (file === undefined) return null;
  return { file: printable(file, 400), line: Number(line), column: Number(column) };
}

/** A switch of the program hides what Node would refuse: nothing failed, but it should have. */
export function isHidden({ findings }: Diagnosis): boolean {
  return findings.some(({ code }) => code === 'verification-disabled-hides');
}

const legText: Readonly<Record<NonNullable<Diagnosis['app']>['leg'], string>> = {
  direct: '',
  proxy: 'to the proxy',
  origin: 'through the proxy',
};
