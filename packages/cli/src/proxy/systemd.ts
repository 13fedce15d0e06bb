import { spawn } from 'node:child_process';

/**
 * Tells systemd how this service is, where it asked to be told (`Type=notify`). Node has no sockets of datagrams between
 * processes: `systemd-notify` sends it, which the unit has to allow with `NotifyAccess=all`. Where it fails nothing
 * waits for it.
 */
export function tellSystemd(state: '--ready' | '--stopping'): void {
  if (process.env['NOTIFY_SOCKET'] === undefined) return;
  spawn('systemd-notify', [state], { stdio: 'ignore' })
    .on('error', () => {})
    .unref();
}
