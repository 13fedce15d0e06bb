import { after } from 'node:test';
import {
  createProxy,
  type AccessRecord,
  type ConnectionRecord,
  type Proxy,
  type ProxyOptions,
  type UpstreamFailure,
} from '@altname/proxy';

/** A proxy on loopback that is there until the tests of the file are over, and what it told. */
export interface TestProxy {
  readonly proxy: Proxy;
  readonly port: number;
  readonly records: AccessRecord[];
  readonly connections: ConnectionRecord[];
  readonly failures: UpstreamFailure[];
}

export async function startProxy(options: Omit<ProxyOptions, 'listen'>): Promise<TestProxy> {
  const records: AccessRecord[] = [];
  const connections: ConnectionRecord[] = [];
  const failures: UpstreamFailure[] = [];
  const proxy = createProxy({
    ...options,
    timeouts: { drain: 500, ...options.timeouts },
    listen: '127.0.0.1:0',
    onAccess: (record) => records.push(record),
    onConnection: (record) => connections.push(record),
    onFailure: (failure) => failures.push(failure),
  });
  const { port } = await proxy.listen();
  after(() => proxy.close());
  return { proxy, port, records, connections, failures };
}
