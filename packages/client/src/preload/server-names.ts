/** For which hosts each server name was sent: one that was set for a whole agent shows only when the next host fails. */
export class ServerNames {
  readonly #hosts = new Map<string, Set<string>>();

  /** Host and server name of a connection, in whichever form they were given. Addresses have no name of their own. */
  enter(servername: unknown, host: unknown): void {
    if (typeof servername !== 'string' || typeof host !== 'string' || servername === '' || host === '')
      return;
    const known = this.#hosts.get(servername);
    if (known === undefined) {
      if (isAddress(host)) return;
      if (this.#hosts.size >= mostNames) this.#hosts.delete(this.#hosts.keys().next().value ?? '');
      this.#hosts.set(servername, new Set([host]));
    } else if (known.size < mostHosts && !known.has(host) && !isAddress(host)) {
      known.add(host);
    }
  }

  /** The hosts other than `host` that a server name was sent for. */
  others(servername: string, host: string): readonly string[] {
    return [...(this.#hosts.get(servername) ?? [])].filter((other) => other !== host);
  }
}

/** Names that are remembered, the oldest given up first, and hosts of one. */
const mostNames = 1000;
const mostHosts = 20;

/** Asked of a connection only: `net` is not loaded before the program has loaded it. */
export function isAddress(host: unknown): host is string {
  return typeof host === 'string' && process.getBuiltinModule('node:net').isIP(host) > 0;
}
