import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { scratch, testAuthority } from './authority.ts';
import { startProxy } from './proxy-server.ts';
import { echo, startUpstream } from './upstream-server.ts';

/** What nghttp2 does in another way than h2spec 2.2.1 wants, on some line of Node or on all; nothing here is ours. */
const known: Readonly<Record<string, string>> = {
  'http2/5.1 closed: Sends a DATA frame after sending RST_STREAM frame':
    'dropped in silence, as RFC 9113 §5.1 lets a receiver do',
  'http2/5.1 closed: Sends a HEADERS frame after sending RST_STREAM frame':
    'dropped in silence, as RFC 9113 §5.1 lets a receiver do',
  'http2/5.1 closed: Sends a DATA frame': 'dropped in silence: nghttp2 keeps no streams that are over',
  'http2/5.1 closed: Sends a HEADERS frame': 'dropped in silence: nghttp2 keeps no streams that are over',
  'http2/5.1.1 Sends stream identifier that is numerically smaller than previous':
    'dropped in silence: nghttp2 keeps no streams that are over',
  'http2/5.3.1 Sends PRIORITY frame that depend on itself':
    'Node 26 reads no priorities, which RFC 9113 §5.3 gave up',
  'http2/6.3 Sends a PRIORITY frame with 0x0 stream identifier':
    'Node 26 reads no priorities, which RFC 9113 §5.3 gave up',
  'http2/6.7 Sends a PING frame with ACK': 'Node ends a connection on which nobody asked for that',
  'http2/6.9.1 Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1':
    'GOAWAY comes, with another code',
  'http2/6.9.1 Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1 on a stream':
    'it ends, with another code',
};

describe('h2spec', { skip: absent() }, () => {
  it('finds nothing beside what is known of nghttp2', async () => {
    const authority = await testAuthority();
    const identity = await authority.issue('127.0.0.1');
    const upstream = await startUpstream(identity, echo);
    const { port } = await startProxy({
      tls: identity,
      upstreams: { api: { to: upstream.url, name: '127.0.0.1', ca: authority.root } },
    });
    const report = join(await scratch(), 'report.xml');
    const words = ['--tls', '--host', '127.0.0.1', '--port', String(port), '--strict', '--timeout', '5'];
    const child = spawn('h2spec', [...words, '--junit-report', report], {
      env: { ...process.env, SSL_CERT_FILE: authority.browserFile },
      stdio: 'ignore',
    });
    await once(child, 'close');
    const cases = readReport(await readFile(report, 'latin1'));
    assert.ok(cases.length >= 146, `${cases.length} were run`);
    const failed = cases.filter(({ hasFailed }) => hasFailed).map(({ name }) => name);
    assert.deepEqual(
      failed.filter((name) => known[name] === undefined),
      [],
    );
    const names = new Set(cases.map(({ name }) => name));
    assert.deepEqual(
      Object.keys(known).filter((name) => !names.has(name)),
      [],
    );
  });
});

function readReport(xml: string): { name: string; hasFailed: boolean }[] {
  const found = xml.matchAll(
    /<testcase package="([^"]*)" classname="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  );
  return [...found].map(([, section = '', title = '', inside = '']) => ({
    name: `${section} ${title}`,
    hasFailed: /<(?:failure|error)/.test(inside),
  }));
}

/** It is a program in Go, which is built where that can be done: it may be missing in CI, too. */
function absent(): string | false {
  if (spawnSync('h2spec', ['--version']).error === undefined) return false;
  return 'h2spec would enable it: go install github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible';
}
