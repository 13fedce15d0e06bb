import type { Route } from '../config/routes.ts';

/** Where handshakes go, by server name. */
export class HandshakeRoutes {
  /** By host, `*.` and its parent, or nothing for any: the key of an upstream; null where TLS ends here. */
  readonly #byHost: ReadonlyMap<string, string | null>;

  constructor(routes: readonly Route[]) {
    this.#byHost = new Map(routes.map(({ host, tls, to }) => [host ?? '', tls === null ? null : to]));
  }

  /**
   * The narrowest route for a name: a name before a wildcard before any.
   *
   * @param name lower case; null for none
   * @returns the key of an upstream; null where TLS ends here; undefined where there is no route
   */
  find(name: string | null): string | null | undefined {
    if (name !== null) {
      const exact = this.#byHost.get(name);
      if (exact !== undefined) return exact;
      const wildcard = this.#byHost.get(`*${name.slice(name.indexOf('.'))}`);
      if (wildcard !== undefined && name.includes('.')) return wildcard;
    }
    return this.#byHost.get('');
  }
}
