import { readFile } from 'node:fs/promises';
import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { AltnameError, printable } from '@altname/core';
import { openAuthority, type Authority } from '../authority/authority.ts';
import { caDirectory } from '../authority/ca-directory.ts';
import { makeLeaf } from '../leaf/make-leaf.ts';
import { parseWantedName } from '../names/wanted-name.ts';
import { shellWord } from '../trust/step.ts';

export interface DevelopmentCertificateOptions {
  /** Beside `localhost`, `127.0.0.1` and `::1`, which are always there; as {@link parseWantedName} reads them. */
  readonly names?: readonly string[];
  /** With the addresses of this machine in private networks, for a telephone beside it. False when not given. */
  readonly lan?: boolean;
  /** The directory of the CA; {@link caDirectory} when not given. */
  readonly caDir?: string;
}

/** What `https`, `http2` and `tls` servers take, and what is made of them. */
export interface DevelopmentCertificate {
  /** The certificate and the issuer below the root, PEM. */
  cert: string;
  /** PKCS #8 in PEM. */
  key: string;
}

/**
 * The certificate of a development server: `https.createServer(await developmentCertificate(), app)`.
 *
 * The CA is made at the first call of a user, and how to trust it is said then, once, on stderr. The certificate is made
 * at the first call with these names, and found again later, unless less than a third of its 90 days are left.
 *
 * @throws {AltnameError} `ALTNAME_NOT_IN_PRODUCTION` where `NODE_ENV` is `production`; `ALTNAME_BAD_OPTION` for what is no
 *   option; `ALTNAME_BAD_IDENTIFIER` for what is no name; `ALTNAME_BAD_AUTHORITY` for a name that the CA may not sign for.
 */
export async function developmentCertificate(
  options: DevelopmentCertificateOptions = {},
): Promise<DevelopmentCertificate> {
  if (process.env['NODE_ENV'] === 'production') {
    throw new AltnameError(
      'ALTNAME_NOT_IN_PRODUCTION',
      'developmentCertificate: NODE_ENV is "production", and nobody there trusts a CA of this machine; the certificate of a CA that clients trust is expected',
    );
  }
  return makeDevelopmentCertificate(options);
}

/** As {@link developmentCertificate}, for a caller that is for development alone, whatever `NODE_ENV` says. */
export async function makeDevelopmentCertificate(
  options: DevelopmentCertificateOptions,
): Promise<DevelopmentCertificate> {
  assertOptions(options);
  const { names = [], lan = false, caDir } = options;
  const wanted = ['localhost', '127.0.0.1', '::1', ...names].map((name) => parseWantedName(name));
  const authority = await openAuthority(caDirectory(caDir));
  if (authority.made) process.stderr.write(trustText(authority));
  const { inside, outside } = lan ? lanAddresses(authority.permitted) : { inside: [], outside: [] };
  for (const address of outside) tellOnce(address, authority);
  const { files } = await makeLeaf(authority, [...wanted, ...inside.map(parseWantedName)]);
  const [cert, key] = await Promise.all([readFile(files.certificate, 'utf8'), readFile(files.key, 'utf8')]);
  return { cert, key };
}

/** @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the option: a text for a list would be a name for each letter */
export function assertOptions(options: DevelopmentCertificateOptions): void {
  const expected: Readonly<Record<string, readonly [what: string, holds: (value: unknown) => boolean]>> = {
    names: ["a list of names, such as ['api.local'],", isListOfTexts],
    lan: ['true or false', (value) => typeof value === 'boolean'],
    caDir: ['a directory', (value) => typeof value === 'string' && value !== ''],
  };
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new AltnameError(
      'ALTNAME_BAD_OPTION',
      "options: an object such as { names: ['api.local'] } is expected",
    );
  }
  for (const [name, value] of Object.entries(options)) {
    const [what, holds] = expected[name] ?? [];
    if (what === undefined) {
      const known = Object.keys(expected).join(', ');
      throw new AltnameError('ALTNAME_BAD_OPTION', `${printable(name, 100)} is no option; ${known} are`);
    }
    if (value !== undefined && holds?.(value) !== true) {
      throw new AltnameError('ALTNAME_BAD_OPTION', `${name}: ${what} is expected`);
    }
  }
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** The addresses that others reach this machine by: those that the CA may sign for, and the others. */
function lanAddresses(permitted: readonly string[]): { inside: string[]; outside: string[] } {
  const ranges = new BlockList();
  for (const text of permitted) {
    const [address = '', prefix] = text.split('/');
    if (prefix !== undefined) ranges.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  const addresses = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    // An address of the own link needs a zone, and browsers take no URL with one.
    .filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address))
    .map(({ address }) => address)
    .toSorted();
  const isInside = (address: string): boolean => ranges.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  return { inside: addresses.filter(isInside), outside: addresses.filter((each) => !isInside(each)) };
}

const told = new Set<string>();

function tellOnce(address: string, { dir }: Authority): void {
  if (told.has(address)) return;
  told.add(address);
  process.stderr.write(
    `altname: ${address} is an address of this machine, and not on the certificate: the CA in ${printable(dir, 300)} may not sign for it\n`,
  );
}

function trustText({ dir, certificateFile }: Authority): string {
  const other = dir === caDirectory() ? '' : ` --ca-dir ${shellWord(dir)}`;
  return [
    `altname: made a CA for development in ${printable(dir, 300)}; clients refuse its certificates until they trust it:`,
    `  npx altname cert trust${other}`,
    `  NODE_EXTRA_CA_CERTS=${shellWord(certificateFile)}   (what Node needs)`,
    '',
  ].join('\n');
}
