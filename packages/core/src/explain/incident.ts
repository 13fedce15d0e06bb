import type { Alert } from '../diagnosis/evidence.ts';
import type { PresentedNames } from '../names/presented.ts';
import { printable } from '../names/printable.ts';
import type { Clues } from './clues.ts';
import type { FailureFamily } from './explanation.ts';
import type { Signal } from './signal.ts';

/** One failure while its lines are being read: everything that the lines say of it. */
export interface Incident {
  family: FailureFamily;
  errorCode: string | null;
  /** The program whose words it is in; null is Node. */
  program: string | null;
  checked: string | null;
  checkedAs: 'host' | 'ip' | null;
  presented: PresentedNames | null;
  presentedComplete: boolean;
  alert: Alert | null;
  client: string | null;
  asked: string | null;
  sent: string | null;
  nodeVersion: string | null;
  line: number;
  lastLine: number;
  count: number;
  excerpt: string;
}

/** The failure that a signal is the first word of. `line` is the text it stands in, `number` its line number. */
export function beginIncident(signal: Signal, line: string, number: number): Incident {
  const { family, errorCode, program, checked, checkedAs, presented, presentedComplete, alert } = signal;
  return {
    ...{ family, errorCode, program, checked, checkedAs, presented, presentedComplete, alert },
    client: null,
    asked: null,
    sent: null,
    nodeVersion: null,
    line: number,
    lastLine: number,
    count: 1,
    excerpt: excerptOf(line, signal),
  };
}

/**
 * Adds a signal that speaks of the same failure.
 *
 * @returns false, and changes nothing, when it speaks of another one.
 */
export function addSignal(incident: Incident, signal: Signal, line: string): boolean {
  if (!fits(incident, signal)) return false;
  const tellsMore = weight[signal.family] > weight[incident.family];
  if (tellsMore || (incident.checked === null && signal.checked !== null)) {
    incident.excerpt = excerptOf(line, signal);
  }
  if (tellsMore) {
    incident.family = signal.family;
    incident.errorCode = signal.errorCode;
    incident.program = signal.program;
  } else if (isGeneral(incident.errorCode)) {
    incident.errorCode = signal.errorCode ?? incident.errorCode;
  }
  if (incident.checked === null) {
    incident.checked = signal.checked;
    incident.checkedAs = signal.checkedAs;
  }
  incident.alert ??= signal.alert;
  addPresented(incident, signal.presented, signal.presentedComplete);
  return true;
}

/** Adds what a line beside the failure says. */
export function addClues(incident: Incident, clues: Clues): void {
  incident.client ??= clues.client;
  incident.asked ??= clues.asked;
  incident.sent ??= clues.sent;
  incident.nodeVersion ??= clues.nodeVersion;
  // `host` of an inspected ERR_TLS_CERT_ALTNAME_INVALID is the checked name; elsewhere it is where the socket went.
  if (incident.family === 'name') incident.checked ??= clues.host;
  if (clues.presented !== null) addPresented(incident, clues.presented, true);
  if (clues.commonName !== null && incident.presented?.commonNames.length === 0) {
    incident.presented = { ...incident.presented, commonNames: [clues.commonName] };
  }
}

/** Equal failures have equal keys. */
export function incidentKey(incident: Incident): string {
  const { family, errorCode, program, checked, presented, alert, client, asked } = incident;
  const names = presented === null ? null : [presented.dns, presented.ip, presented.commonNames];
  return JSON.stringify([family, errorCode, program, checked, names, alert?.number, client, asked]);
}

/** What says more about a failure replaces what says less. */
const weight: Readonly<Record<FailureFamily, number>> = {
  hidden: 0,
  transport: 1,
  unchecked: 1,
  handshake: 2,
  chain: 3,
  'server-name': 3,
  name: 3,
};

function isGeneral(code: string | null): boolean {
  return code === 'EPROTO' || code === null;
}

function fits(incident: Incident, signal: Signal): boolean {
  if (incident.family === 'unchecked' || signal.family === 'unchecked') return false;
  if (incident.family === 'hidden' || signal.family === 'hidden') return true;
  if (incident.family !== signal.family) return false;
  if (incident.family === 'server-name') return true;
  const { errorCode, checked, alert } = incident;
  const codes = isGeneral(errorCode) || isGeneral(signal.errorCode) || errorCode === signal.errorCode;
  const names = checked === null || signal.checked === null || checked === signal.checked;
  const alerts = alert === null || signal.alert === null || alert.number === signal.alert.number;
  return codes && names && alerts;
}

/** A list of addresses alone is widened by the whole subjectAltName, when that turns up. */
function addPresented(incident: Incident, presented: PresentedNames | null, complete: boolean): void {
  const known = incident.presented;
  if (presented === null || (known !== null && (incident.presentedComplete || !complete))) return;
  incident.presented = { ...presented, commonNames: known?.commonNames ?? presented.commonNames };
  incident.presentedComplete = complete;
}

function excerptOf(line: string, signal: Signal): string {
  const from = Math.max(0, signal.at - 80);
  const start = from === 0 ? 0 : Math.min(signal.at, line.indexOf(' ', from) + 1);
  return printable(line.slice(start, Math.max(signal.end, start + 200)).trim(), 240);
}
