import { clientProfiles, type FindingCode, type Origin } from '@altname/core';
import type { Authority } from '../../src/authority.ts';
import { alert } from '../../src/behaviour/alert.ts';
import { listen } from '../../src/behaviour/listener.ts';
import { startSink, type Sink } from '../../src/recipes/sink.ts';
import type { Asked, HttpClient } from './http-clients.ts';

/** A place where a program fails, and what is to be said of it. */
export interface Fault {
  readonly name: string;
  readonly asked: Asked;
  /** Null for a server that takes no TLS from anybody. */
  readonly sink: Sink | null;
  /** Null where this client is answered. */
  readonly said: Said | null;
}

/** What the preload has to say. A name stands with its origin. */
export interface Said {
  readonly cause: FindingCode;
  readonly also?: readonly FindingCode[];
  readonly asked: readonly [string, Origin];
  readonly sent: readonly [string | null, Origin];
  readonly checked: readonly [string, Origin];
  readonly host: readonly [string | null, Origin];
  /** Of the first fix. */
  readonly who: 'client' | 'server' | 'issuer';
  /** The client's own, for the values of this fault; null where there is none to print. */
  readonly recipe: string | null;
  /** Whether that is all there is to mend. */
  readonly mends: boolean;
}

/** Two authorities: programs know but the first. */
export interface Authorities {
  readonly known: Authority;
  readonly unknown: Authority;
}

export interface Faults {
  /** The last one is for an error that nobody catches. */
  readonly all: readonly Fault[];
  close(): Promise<void>;
}

const api = 'api.shop.test';
const [one, two] = ['one.shop.test', 'two.shop.test'];
/** Nobody's wish: only on the certificate of a wrong server. */
const stranger = 'www.bank.test';

/** The names that a proxy must know. */
export const targets: readonly string[] = [api, one, two];

/**
 * The faults of a server and those that a client makes itself, each with a server of its own, told apart by their ports.
 *
 * @param socketHost what Node checks for a client that gives it neither host nor server name; null when it is nothing
 */
export async function faultsFor(
  client: HttpClient,
  { known, unknown }: Authorities,
  socketHost: string | null = null,
): Promise<Faults> {
  const open = async (name: string, by = known): Promise<Sink> =>
    await startSink(client.speech, await by.issue({ names: [name] }));
  const sinks = {
    address: await open(api),
    header: await open(api),
    one: await open(one),
    two: await open(two),
    untrusted: await open(stranger, unknown),
    wrong: await open(stranger),
  };
  const refusing = await listen(alert('unrecognized_name'));

  const profile = clientProfiles[client.client];
  const from = client.askedFrom;
  const named = ({ host, port }: Asked): Said['host'] => [
    profile.hostHeader === 'none' ? null : `${host}:${port}`,
    from,
  ];
  const plain = (asked: Asked): Pick<Said, 'asked' | 'sent' | 'checked' | 'host' | 'mends'> => {
    const sent = [asked.host, client.sentFrom ?? from] as const;
    return { asked: [asked.host, from], sent, checked: sent, host: named(asked), mends: true };
  };
  const expect = (asked: Asked, name: string): string | null =>
    profile.expectName({ dial: asked.host, port: asked.port, name });

  const address: Asked = { host: '127.0.0.1', port: sinks.address.port };
  const header: Asked = { host: api, port: sinks.header.port, header: 'shop.test' };
  const first: Asked = { host: one, port: sinks.one.port, shared: 'shared' };
  const second: Asked = { host: two, port: sinks.two.port, shared: 'shared' };
  const untrusted: Asked = { host: api, port: sinks.untrusted.port };
  const refused: Asked = { host: api, port: refusing.port };
  const wrong: Asked = { host: api, port: sinks.wrong.port };

  const byAddress: Said = {
    ...plain(address),
    sent: [null, 'not-sent-for-ip'],
    checked: socketHost === null ? ['127.0.0.1', from] : [socketHost, 'default-localhost'],
    cause: socketHost === null ? 'ip-not-on-certificate' : 'checked-defaulted-to-localhost',
    // A new certificate is likely to be right; a name from the certificate is only right if the user says so.
    who: socketHost === null ? 'issuer' : 'client',
    recipe: expect(address, api),
  };
  const byHeader: Said = {
    ...plain(header),
    sent: ['shop.test', 'host-header'],
    checked: ['shop.test', 'host-header'],
    host: ['shop.test', 'host-header'],
    cause: 'sni-from-host-header',
    who: 'client',
    recipe:
      // A reverse proxy has its own way to send another Host: changeOrigin.
      client.serves === true
        ? expect(header, api)
        : profile.keepHostHeader({ dial: api, port: header.port, name: api, hostHeader: 'shop.test' }),
  };
  const pinned: Said = {
    ...plain(second),
    sent: [one, 'option-servername'],
    checked: [one, 'option-servername'],
    cause: 'pinned-servername-reused',
    who: 'client',
    recipe: expect(second, two),
  };

  const all: Fault[] = [
    {
      name: 'an address, and a certificate for a name',
      asked: address,
      sink: sinks.address,
      said: byAddress,
    },
  ];
  if (profile.hostHeader !== 'none') {
    all.push({
      name: 'a Host header',
      asked: header,
      sink: sinks.header,
      said: client.headerCounts ? byHeader : null,
    });
  }
  if (client.shared !== undefined) {
    all.push(
      { name: 'a server name for every host: the right one', asked: first, sink: sinks.one, said: null },
      { name: 'a server name for every host: another one', asked: second, sink: sinks.two, said: pinned },
    );
  }
  all.push(
    {
      name: 'an unknown CA and a wrong name',
      asked: untrusted,
      sink: sinks.untrusted,
      said: {
        ...plain(untrusted),
        cause: 'issuer-unknown',
        also: ['name-mismatch'],
        who: 'client',
        recipe: profile.addCa({ name: api, port: untrusted.port, file: 'ca.pem' }),
        mends: false,
      },
    },
    {
      name: 'an alert',
      asked: refused,
      sink: null,
      said: { ...plain(refused), cause: 'sni-refused', who: 'server', recipe: null },
    },
    {
      name: 'a wrong name',
      asked: wrong,
      sink: sinks.wrong,
      said: { ...plain(wrong), cause: 'name-mismatch', who: 'issuer', recipe: null },
    },
  );
  return {
    all,
    async close() {
      for (const sink of Object.values(sinks)) sink.close();
      await refusing.close();
    },
  };
}
