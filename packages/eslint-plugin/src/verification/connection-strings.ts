import type { Node } from '../source/node.ts';
import type { SourceFile } from '../source/source-file.ts';

/** Words of a connection string that switch verification off. */
const words: readonly { readonly start: RegExp; readonly word: RegExp }[] = [
  { start: /^postgres(?:ql)?:\/\//, word: /[?&]sslmode=no-verify\b/ },
  {
    start: /^mongodb(?:\+srv)?:\/\//,
    word: /[?&]tls(?:AllowInvalid(?:Certificates|Hostnames)|Insecure)=true\b/,
  },
  { start: /^mysql2?:\/\//, word: /[?&]ssl=[^&]*"?rejectUnauthorized"?(?::|%3[Aa])false/ },
  { start: /^(?:mssql|sqlserver):\/\//i, word: /\btrustServerCertificate=(?:true|yes)\b/i },
  { start: /^(?:Server|Data Source)=/i, word: /\bTrust ?Server ?Certificate=(?:true|yes)\b/i },
  { start: /^rediss:\/\//, word: /[?&]ssl_cert_reqs=(?:CERT_NONE|none)\b/ },
  {
    start: /^jdbc:(?:mysql|mariadb):\/\//,
    word: /[?&](?:verifyServerCertificate=false|trustServerCertificate=true)\b/,
  },
  { start: /^jdbc:postgresql:\/\//, word: /[?&]sslfactory=org\.postgresql\.ssl\.NonValidatingFactory\b/ },
  { start: /^jdbc:sqlserver:\/\//, word: /;trustServerCertificate=true\b/i },
];

/** The word of a text by which a connection string switches verification off; undefined for none. */
export function insecureWord(text: string): string | undefined {
  for (const { start, word } of words) {
    const found = start.test(text) ? word.exec(text) : null;
    if (found !== null) return found[0].replace(/^[?&;]/, '');
  }
  return undefined;
}

/** Every connection string in the file that switches verification off, with the word that does. */
export function* insecureStrings(file: SourceFile): Generator<{ node: Node; word: string }, void> {
  for (const node of file.texts) {
    const text =
      node.type === 'Literal'
        ? String(node.value)
        : node.quasis.map((each) => each.value.cooked ?? '').join('_');
    const word = insecureWord(text);
    if (word !== undefined) yield { node, word };
  }
}
