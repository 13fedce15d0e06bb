import type { AppFacts, SixNames } from '@altname/core';
import { accepted, refused } from '../server.ts';
import { acceptedAs, chainRefused, exhibitEvidence, nameRefused, type Exhibit } from './exhibit.ts';

const call: AppFacts = {
  callSite: 'src/pay.ts:42:18',
  library: null,
  leg: 'direct',
  verification: 'full',
};

/** What only the process of a program shows: who called, which header or option chose a name, what is switched off. */
export const insideAProgram: readonly Exhibit[] = [
  {
    group: 'server name',
    name: 'sni-from-host-header:reverse-proxy',
    title: 'a reverse proxy passes on a Host header that is an address, and no server name is sent',
    reason: 'only the proxy itself knows which header it passed on',
    evidence: (world) =>
      exhibitEvidence(world, {
        target: 'localhost:9443',
        client: 'http-proxy',
        node: 'v24.21.0',
        certificate: { by: 'issuing', names: ['*.webhost.test', 'webhost.test'] },
        names: names('localhost', 9443, {
          sent: { value: null, from: 'not-sent-for-ip' },
          host: { value: '127.0.0.1:3000', from: 'host-header' },
        }),
        app: { ...call, callSite: 'src/proxy.ts:12:9', library: 'http-proxy@1.18.1' },
        outcome: (leaf) =>
          nameRefused(
            leaf,
            "Host: localhost. is not in the cert's altnames: DNS:*.webhost.test, DNS:webhost.test",
          ),
      }),
    expected: refused('sni-from-host-header'),
  },
  {
    group: 'names',
    name: 'ip-not-on-certificate:announced',
    title: 'a cluster announces its nodes by address, and their certificate has a name',
    reason: 'only the client of the cluster knows that the address was not what it was given',
    evidence: (world) =>
      exhibitEvidence(world, {
        target: 'redis.shop.test:7001',
        client: 'ioredis-cluster',
        node: 'v24.21.0',
        certificate: { by: 'issuing', names: ['redis.shop.test'] },
        names: {
          ...names('redis.shop.test', 7001),
          dialled: { ...names('127.0.0.1', 7001).dialled, from: 'literal' },
          sent: { value: null, from: 'not-sent-by-client' },
          checked: { value: '127.0.0.1', from: 'option-host' },
          host: { value: null, from: 'option-host' },
        },
        app: { ...call, callSite: 'src/cache.ts:3:22', library: 'ioredis@6.0.0' },
        outcome: (leaf) => nameRefused(leaf, "IP: 127.0.0.1 is not in the cert's list: "),
      }),
    expected: refused('ip-not-on-certificate'),
  },
  {
    group: 'client safety',
    name: 'verification-disabled',
    title: 'a switch that hides nothing',
    reason: 'only the program itself knows that it switched verification off',
    evidence: (world) =>
      exhibitEvidence(world, {
        target: 'api.shop.test:443',
        client: 'https',
        node: 'v24.21.0',
        certificate: { by: 'issuing', names: ['api.shop.test'] },
        names: names('api.shop.test', 443),
        app: { ...call, verification: 'off-by-option' },
        outcome: acceptedAs,
      }),
    expected: accepted('verification-disabled'),
  },
  {
    group: 'client safety',
    name: 'identity-check-disabled',
    title: 'mysql2 compares no name unless it is told to',
    reason: 'only the program itself knows that no name is compared',
    evidence: (world) =>
      exhibitEvidence(world, {
        target: 'db.shop.test:3306',
        client: 'mysql2',
        node: 'v24.21.0',
        certificate: { by: 'issuing', names: ['db.shop.test'] },
        names: names('db.shop.test', 3306, { host: { value: null, from: 'option-host' } }),
        app: {
          ...call,
          callSite: 'src/db.ts:7:20',
          library: 'mysql2@3.24.6',
          verification: 'name-not-checked',
        },
        outcome: acceptedAs,
      }),
    expected: accepted('identity-check-disabled'),
  },
  {
    group: 'client safety',
    name: 'verification-disabled-hides',
    title: 'a self-signed certificate behind a switch',
    reason: 'only the program itself knows that it switched verification off',
    evidence: (world) =>
      exhibitEvidence(world, {
        target: 'api.shop.test:443',
        client: 'https',
        node: 'v24.21.0',
        certificate: { by: 'self', names: ['api.shop.test'] },
        names: names('api.shop.test', 443),
        app: { ...call, verification: 'off-by-environment' },
        outcome: (leaf) => chainRefused(leaf, 'DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'),
      }),
    expected: refused('self-signed', 'verification-disabled-hides'),
  },
  {
    group: 'client safety',
    name: 'verification-disabled-hides:name',
    title: 'mysql2 goes on with the certificate of another server',
    reason: 'only the program itself knows that no name is compared',
    evidence: (world) =>
      exhibitEvidence(world, {
        target: 'db.shop.test:3306',
        client: 'mysql2',
        node: 'v24.21.0',
        certificate: { by: 'issuing', names: ['old.shop.test'] },
        names: names('db.shop.test', 3306, { host: { value: null, from: 'option-host' } }),
        app: {
          ...call,
          callSite: 'src/db.ts:7:20',
          library: 'mysql2@3.24.6',
          verification: 'name-not-checked',
        },
        outcome: (leaf) =>
          nameRefused(leaf, "Host: db.shop.test. is not in the cert's altnames: DNS:old.shop.test"),
      }),
    expected: refused('name-mismatch', 'verification-disabled-hides'),
  },
];

/** One name for everything, dialled on loopback, but for what is given. */
function names(host: string, port: number, other: Partial<SixNames> = {}): SixNames {
  const same = { value: host, from: 'url' } as const;
  return {
    asked: same,
    dialled: {
      host,
      port,
      address: '127.0.0.1',
      addresses: [],
      cnames: [],
      searchDomain: null,
      from: 'dns',
    },
    sent: same,
    checked: same,
    host: same,
    presented: null,
    ...other,
  };
}
