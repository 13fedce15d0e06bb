import type { FindingCode } from '../diagnosis/catalogue.ts';
import { printable } from '../names/printable.ts';
import { clientTrace, type ClientTrace } from './client-traces.ts';
import type { Explanation, PossibleCause } from './explanation.ts';
import type { Incident } from './incident.ts';
import { bySureness, nameCauses, notedFixes } from './name-causes.ts';
import { findNodeError, type NodeError } from './node-errors.ts';

/** What the lines of one failure come to. */
export function concludeIncident(incident: Incident): Explanation {
  const error = incident.errorCode === null ? null : findNodeError(incident.errorCode);
  const trace = incident.client === null ? null : clientTrace(incident.client);
  const { family, errorCode, checked, asked, sent, presented, presentedComplete, alert } = incident;
  const { client, nodeVersion, line, lastLine, count, excerpt } = incident;
  const byName =
    family === 'name' && errorCode !== 'ERR_TLS_CERT_ALTNAME_FORMAT' ? nameCauses(incident) : null;
  const causes = byName?.causes ?? codeCauses(error, trace);
  return {
    ...{ family, errorCode, message: messageOf(incident, error) },
    causes,
    fixes: byName?.fixes ?? notedFixes(causes[0]?.code),
    notes: notesOf(incident, trace, causes),
    ...{ checked, asked, sent, presented, presentedComplete, alert },
    ...{ client, nodeVersion, line, lastLine, count, excerpt },
  };
}

/** Named in a sentence: more would not be read. */
const namesInSentence = 3;

function messageOf(incident: Incident, error: NodeError | null): string {
  const { family, checked, checkedAs, presented, client } = incident;
  if (family === 'hidden') return `${client ?? 'A client'} failed, and its own error leaves out the reason.`;
  if (family === 'name' && incident.errorCode !== 'ERR_TLS_CERT_ALTNAME_FORMAT') {
    const who = checked === null ? 'A name' : printable(checked, 260);
    const names = presented === null ? [] : [...presented.dns, ...presented.ip];
    const none = checkedAs === 'ip' ? 'the certificate has no address' : 'no name on the certificate fits it';
    if (names.length === 0) return `${who} was checked, and ${none}.`;
    const more = names.length > namesInSentence ? ` and ${names.length - namesInSentence} more` : '';
    const list = names.slice(0, namesInSentence).map((name) => printable(name, 260));
    const fit = names.length === 1 ? 'that does not fit' : 'none of them fits';
    return `${who} was checked; the certificate has ${list.join(', ')}${more}, and ${fit}.`;
  }
  return error?.meaning ?? 'The TLS handshake broke off.';
}

function codeCauses(error: NodeError | null, trace: ClientTrace | null): PossibleCause[] {
  const causes = (error?.findings ?? []).map((code, index): PossibleCause => {
    const silent = code === 'sni-not-sent' && trace?.way === 'sends-no-name';
    const sure = index === 0 ? (error?.sure ?? 'possible') : silent ? 'likely' : 'possible';
    const why = silent
      ? `${trace.client} sends no server name unless it is given one.`
      : (reasons[code] ?? '');
    return { code, sure, why };
  });
  return bySureness(causes);
}

function notesOf(incident: Incident, trace: ClientTrace | null, causes: readonly PossibleCause[]): string[] {
  const { family, checked, checkedAs, program, alert, client } = incident;
  const notes: string[] = [];
  if (family === 'name' && checkedAs === 'host' && checked !== null) {
    notes.push(
      `The dot in "Host: ${printable(checked, 260)}." is Node's own way of printing; neither the name nor the certificate needs one.`,
    );
  }
  if (
    program === null &&
    incident.sent === null &&
    family === 'name' &&
    causes.some(({ code }) => dependsOnServerName.has(code))
  ) {
    notes.push(
      'The text does not say which server name was sent, and that chose the certificate: altname check shows it.',
    );
  }
  if (family === 'name' && program !== null) notes.push(`These are the words of ${program}, not of Node.`);
  if (family === 'chain') {
    notes.push(
      'Node checks the chain first and then stops: the name was not compared yet, and may be wrong as well.',
    );
  }
  if (alert !== null && clientAlerts.has(alert.number)) {
    notes.push(
      "In the log of a server it is the other way round: there the client refused the server's certificate.",
    );
  }
  if (family === 'unchecked') {
    notes.push(
      'Remove NODE_TLS_REJECT_UNAUTHORIZED, and give the missing root with NODE_EXTRA_CA_CERTS instead.',
    );
  }
  if (trace !== null && trace.hides !== null) notes.push(trace.hides);
  if (
    client !== null &&
    /^(?:ioredis|redis|@redis\/client|mongodb|kafkajs)$/.test(client) &&
    checked !== null &&
    /^[\d.]+$|:/.test(checked)
  ) {
    notes.push(
      `A cluster tells its clients where its other members are; this one told an address, and ${client} then checks that.`,
    );
  }
  return notes;
}

/** Where another server name may bring another certificate. */
const dependsOnServerName: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'name-mismatch',
  'default-certificate',
  'sni-not-sent',
  'ip-not-on-certificate',
  'no-names',
]);

/** bad_certificate to access_denied, and certificate_required: what is said of the peer's certificate. */
const clientAlerts = new Set([42, 43, 44, 45, 46, 48, 49, 116]);

/** What in a code speaks for a finding, where the text says nothing more. */
const reasons: Readonly<Partial<Record<FindingCode, string>>> = {
  'self-signed': 'The certificate is signed with its own key.',
  'issuer-unknown': 'The root of a private authority has to be given to Node (NODE_EXTRA_CA_CERTS, or ca).',
  'intermediate-missing': 'The server does not send the certificates between its own and the root.',
  'inspected-by-middlebox': 'A box on the way that opens TLS signs with an authority of its own.',
  'extra-ca-replaced': 'A ca option replaces the roots Node comes with, and NODE_EXTRA_CA_CERTS too.',
  'default-certificate':
    'It can be the certificate a server shows when the server name is missing or unknown.',
  'sni-not-sent':
    'A client that sends no server name gets the default certificate, which is often self-signed.',
  'sni-required': 'Some servers answer so when no server name is sent.',
  'sni-refused': 'Some servers answer so to a server name they do not know.',
  'sni-not-normal':
    'A dot, a port or capital letters in the server name make it another one for some servers.',
  'sni-from-host-header': 'A Host header that became the server name names somebody else.',
  'sni-is-ip': 'An address is no server name (RFC 6066 §3).',
  expired: 'The last day of a certificate is over.',
  'not-yet-valid': 'The first day of a certificate has not come.',
  'clock-suspect': 'The clock of this machine can be wrong.',
  'name-forbidden-by-ca': 'The name constraints of an authority do not allow the name.',
  'chain-not-accepted': 'OpenSSL refused the chain for this reason.',
  'san-malformed': 'The subjectAltName cannot be read.',
  'protocol-version': 'Both sides share no TLS version.',
  'client-certificate-required': 'The server wants a certificate of the client that it accepts.',
  'not-tls': 'The port speaks something else: plain HTTP, or a proxy.',
  'starttls-needed': 'The port wants STARTTLS in its own protocol first.',
  'handshake-failed': 'The two sides found nothing they both accept.',
  reset: 'The connection was closed in the middle of the handshake.',
  timeout: 'Nothing came back in time.',
  refused: 'Nothing listens there.',
  'dns-not-found': 'The name has no address.',
  'name-mismatch': 'No name on the certificate fits.',
  'name-only-in-cn': 'The name may stand only in the common name (CN), which does not count.',
};
