import { linesOf, type Line } from '../text/lines.ts';
import type { Found } from '../text-file.ts';
import { switchedOff } from '../yaml/unmistakable.ts';
import type { Format } from './format.ts';

/** A file of settings that a program reads, each on a line of its own. */
interface Settings {
  readonly name: string;
  readonly path: RegExp;
  readonly comment: Format['comment'];
  readonly sign?: Parameters<typeof linesOf>[1];
  readonly isOff: (line: Line) => boolean;
  readonly instead: string;
}

function settingsFile({ name, path, comment, sign, isOff, instead }: Settings): Format {
  return {
    name,
    comment,
    mayBe: (given) => path.test(given),
    *check({ text }) {
      // Of several lines with a name, the last one holds.
      const last = new Map<string, Found>();
      for (const line of linesOf(text, sign)) {
        const key = `[${line.section}] ${line.name.text.toLowerCase()}`;
        last.delete(key);
        if (isOff(line)) last.set(key, line.whole.found(switchedOff(line.whole.text, instead)));
      }
      yield* last.values();
    },
  };
}

const no = /^(?:false|no|off|0)$/i;

/** Files of settings that are no YAML: those of npm, Yarn 1, curl, wget, git and pip. */
export const settingsFiles: readonly Format[] = [
  settingsFile({
    name: 'an .npmrc',
    path: /(?:^|\/)\.?npmrc$/,
    comment: '#',
    isOff: ({ section, name, value }) =>
      section === '' && name.text === 'strict-ssl' && /^(?:false|0|null)$/.test(value?.text ?? ''),
    instead: 'remove it; cafile=ca.pem gives the authority that is missing',
  }),
  settingsFile({
    name: 'a .yarnrc',
    path: /(?:^|\/)\.yarnrc$/,
    comment: '#',
    sign: ' ',
    isOff: ({ name, value }) => name.text === 'strict-ssl' && value?.text === 'false',
    instead: 'remove it; cafile "ca.pem" gives the authority that is missing',
  }),
  settingsFile({
    name: 'a .curlrc',
    path: /(?:^|\/)[._]curlrc$/,
    comment: '#',
    sign: '=: ',
    isOff: ({ name }) => /^(?:-k|(?:--)?(?:proxy-|doh-)?insecure)$/.test(name.text),
    instead: 'cacert = ca.pem',
  }),
  settingsFile({
    name: 'a .wgetrc',
    path: /(?:^|\/)\.?wgetrc$/,
    comment: '#',
    isOff: ({ name, value }) => /^check[_-]?certificate$/i.test(name.text) && no.test(value?.text ?? ''),
    instead: 'ca_certificate = ca.pem',
  }),
  settingsFile({
    name: 'a configuration of git',
    path: /(?:^|\/)\.?git-?config$/,
    comment: '#',
    isOff: ({ section, name, value }) =>
      /^http(?:\s|$)/i.test(section) &&
      /^sslVerify$/i.test(name.text) &&
      value !== null &&
      /^(?:false|no|off|0|)(?:\s*[#;].*)?$/i.test(value.text),
    instead: 'sslCAInfo = ca.pem',
  }),
  settingsFile({
    name: 'a configuration of pip',
    path: /(?:^|\/)pip\.(?:conf|ini)$/,
    comment: '#',
    sign: '=: ',
    isOff: ({ name }) => name.text === 'trusted-host',
    instead: 'cert = ca.pem',
  }),
];
