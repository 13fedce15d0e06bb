import { shellWord } from '../trust/step.ts';
import { sanText, type WantedName } from '../names/wanted-name.ts';
import { publicIssuance } from './public-issuance.ts';

export interface RequestFiles {
  readonly request: string;
  readonly key: string;
  /** Where the certificate shall go. */
  readonly certificate: string;
}

/** A command for a shell, for exactly the names of a request. */
export interface IssuanceCommand {
  readonly tool: 'certbot' | 'step' | 'openssl';
  /** What it does, as a sentence without a full stop. */
  readonly does: string;
  /** POSIX shell, one line. */
  readonly command: string;
}

/**
 * The commands by which other tools ask for exactly these names: OpenSSL the same request with the same key, step and
 * certbot the certificate. Certbot is there only when a public CA can issue for every one of them, and Let's Encrypt for
 * as many; a command that is longer than Linux takes as one word is left out.
 */
export function issuanceCommands(names: readonly WantedName[], files: RequestFiles): IssuanceCommand[] {
  const { request, key, certificate } = files;
  const san = names.map(sanText).join(',');
  const sans = names.flatMap(({ value }) => ['--san', value]);
  const commands: IssuanceCommand[] = [];
  if (names.length <= mostPublicNames && publicIssuance(names).every(({ possible }) => possible)) {
    const hasAddress = names.some(({ kind }) => kind === 'ip');
    const hasWildcard = names.some(({ value }) => value.startsWith('*.'));
    // An address cannot be proven by DNS-01, a wildcard by nothing else (RFC 8738 §7, RFC 8555 §8.4).
    const how = hasWildcard
      ? ['--manual', '--preferred-challenges', hasAddress ? 'dns,http' : 'dns']
      : ['--standalone'];
    commands.push({
      tool: 'certbot',
      does: `asks Let's Encrypt for them with a key of its own, and ${hasWildcard ? byHand : 'renews the certificate'}${hasAddress ? ' (certbot 5.3 or newer)' : ''}`,
      command: shellLine([
        'certbot',
        'certonly',
        ...how,
        ...(hasAddress ? ['--preferred-profile', 'shortlived'] : []),
        ...names.flatMap(({ kind, value }) => [kind === 'ip' ? '--ip-address' : '-d', value]),
      ]),
    });
    if (!hasAddress) {
      commands.push({
        tool: 'certbot',
        does: "has Let's Encrypt sign this request, once: certbot does not renew what it has no key for",
        command: shellLine([
          'certbot',
          'certonly',
          ...how,
          '--csr',
          request,
          '--fullchain-path',
          certificate,
        ]),
      });
    }
  }
  const subject = names[0]?.value ?? '';
  commands.push(
    {
      tool: 'step',
      does: 'has step-ca sign this request',
      command: shellLine(['step', 'ca', 'sign', request, certificate]),
    },
    {
      tool: 'step',
      does: 'makes a request for them from the same key, with the first as its common name',
      command: shellLine(['step', 'certificate', 'create', '--csr', '--key', key, ...sans, subject, request]),
    },
    {
      tool: 'openssl',
      does: 'makes the same request from the same key',
      command: shellLine([
        'openssl',
        'req',
        '-new',
        '-key',
        key,
        '-out',
        request,
        '-subj',
        '/',
        '-addext',
        `subjectAltName=${san}`,
      ]),
    },
  );
  return commands.filter(({ command }) => command.length < longestCommand);
}

/** What certbot cannot renew as it stands. */
const byHand = 'renews it with the plugin of your DNS provider in place of --manual';

/** Names on one certificate of Let's Encrypt. */
const mostPublicNames = 100;

/** MAX_ARG_STRLEN of Linux. */
const longestCommand = 128 * 1024;

/** Words as a POSIX shell reads them back. */
function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
