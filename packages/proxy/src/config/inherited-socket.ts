import { fstatSync } from 'node:fs';
import { printable } from '@altname/core';
import { fault } from './fault.ts';

/** The first descriptor that is handed over (sd_listen_fds(3)). */
const firstDescriptor = 3;
const mostDescriptors = 64;

/**
 * The descriptor of a socket that was opened by who started this process:
 *
 * | value          | meaning                                                                                  |
 * |----------------|------------------------------------------------------------------------------------------|
 * | `fd:3`         | this descriptor                                                                          |
 * | `systemd`      | the one socket of the `.socket` unit                                                     |
 * | `systemd:NAME` | that with this `FileDescriptorName`                                                      |
 *
 * systemd says in `LISTEN_PID` for whom they are, in `LISTEN_FDS` how many, and in `LISTEN_FDNAMES` what they are called.
 *
 * @returns null for a text that means none of these
 * @throws {AltnameError} `ALTNAME_BAD_OPTION`, naming the key
 */
export function readInherited(key: string, text: string): number | null {
  const [, kind, rest] = /^(fd|systemd)(?::(.*))?$/s.exec(text) ?? [];
  if (kind === undefined) return null;
  const shown = `${key} "${printable(text, 100)}"`;
  if (kind === 'systemd') return socketOf(shown, rest ?? null);
  const descriptor = rest !== undefined && /^\d{1,4}$/.test(rest) ? Number(rest) : -1;
  if (descriptor < firstDescriptor) throw fault(shown, 'fd: and a number from 3 to 9999 is expected');
  return checked(shown, descriptor);
}

function socketOf(shown: string, name: string | null): number {
  const { LISTEN_PID: pid, LISTEN_FDS: count = '', LISTEN_FDNAMES: names } = process.env;
  if (pid === undefined || count === '') {
    throw fault(shown, 'no socket was handed over (LISTEN_FDS is not set): a .socket unit has to start this');
  }
  if (pid !== String(process.pid)) {
    throw fault(
      shown,
      `the sockets were handed over to process ${printable(pid, 20)}, and this is ${process.pid}`,
    );
  }
  const many = /^\d{1,3}$/.test(count) ? Number(count) : 0;
  if (many < 1 || many > mostDescriptors) {
    throw fault(
      shown,
      `LISTEN_FDS is "${printable(count, 20)}": a number from 1 to ${mostDescriptors} is expected`,
    );
  }
  const called = (names ?? '').split(':');
  const found = Array.from({ length: many }, (_, at) => at).filter(
    (at) => name === null || called[at] === name,
  );
  const [at] = found;
  if (at === undefined || found.length > 1) {
    const all = Array.from({ length: many }, (_, each) => printable(called[each] ?? 'unknown', 60)).join(
      ', ',
    );
    throw fault(
      shown,
      `one socket is expected, and ${found.length} are called so (${all}): say systemd:NAME`,
    );
  }
  return checked(shown, firstDescriptor + at);
}

function checked(shown: string, descriptor: number): number {
  let isSocket = false;
  try {
    isSocket = fstatSync(descriptor).isSocket();
  } catch {
    throw fault(shown, `descriptor ${descriptor} is not open`);
  }
  if (!isSocket) throw fault(shown, `descriptor ${descriptor} is no socket`);
  return descriptor;
}
