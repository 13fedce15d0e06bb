import type { PresentedNames } from '../names/presented.ts';
import { findClientFrame, findClientText } from './client-traces.ts';
import { readAltnames } from './presented-text.ts';

/** What a line beside a failure adds to it. Null where it adds nothing. */
export interface Clues {
  readonly client: string | null;
  readonly asked: string | null;
  readonly sent: string | null;
  readonly host: string | null;
  readonly presented: PresentedNames | null;
  readonly commonName: string | null;
  readonly nodeVersion: string | null;
}

/** Reads the clues of one unfolded line. Long lines are read at their beginning only. */
export function findClues(whole: string): Clues {
  const line = whole.length > longest ? whole.slice(0, longest) : whole;
  const san = subjectAltName.exec(line);
  return {
    client: (findClientText(line) ?? findClientFrame(line))?.client ?? null,
    asked: askedHost(line),
    sent: property(servername.exec(line)),
    host: property(host.exec(line)),
    presented: san === null ? null : readAltnames(line, san.index + san[0].length).names,
    commonName: property(commonName.exec(line)),
    nodeVersion: nodeVersion.exec(line)?.[1] ?? null,
  };
}

const longest = 64 * 1024;

const subjectAltName = /subjectaltname["']?: ?["'`]/;
const servername = /\bservername["']?: ?["'`]([^"'`\s]{1,255})["'`]/;
const host = /(?:^|[\s{,"'])host["']?: ?["'`]([^"'`\s]{1,255})["'`]/;
const commonName = /\bsubject\b.{0,60}?\bCN["']?: ?["'`]([^"'`]{1,255})["'`]/;
const nodeVersion =
  /(?:\bNode\.js v|\bnode[vV]ersion["']?: ?["']v?|\bnode v|\bnode\/v?)(\d{1,3}\.\d{1,3}\.\d{1,3})/;

/** Schemes that mean TLS, or become it; user name and password are passed over, never kept. */
const url =
  /\b(?:https|wss|postgres|postgresql|rediss|mongodb|mongodb\+srv|amqps|mqtts|smtps|imaps|ldaps|mysql|grpcs):\/\/(?:[^\s/@"'`]{1,255}@)?(\[[0-9a-fA-F:.]{2,45}\]|[^\s/:"'`,;)?#@<>]{1,253})/g;
const hostname = /\b(?:hostname|serverHost|baseHost)["']?: ?["'`]([^"'`\s:]{1,253})["'`]/;
const documentation = /^(?:nodejs\.org|github\.com|docs\.|www\.npmjs\.com|stackoverflow\.com)/;

function askedHost(line: string): string | null {
  for (const found of line.matchAll(url)) {
    const name = (found[1] ?? '').replace(/^\[(.*)\]$/, '$1');
    if (!documentation.test(name)) return name;
  }
  return property(hostname.exec(line));
}

function property(found: RegExpExecArray | null): string | null {
  return found?.[1] ?? null;
}
