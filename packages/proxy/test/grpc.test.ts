import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import { testAuthority } from './authority.ts';
import { deferred } from './client.ts';
import { startProxy } from './proxy-server.ts';

const authority = await testAuthority();
const identity = await authority.issue('api.test');
const front = await authority.issue('front.test');
const pem = (text: string): Buffer => Buffer.from(text);

const octets = { serialize: (value: Buffer): Buffer => value, deserialize: (value: Buffer): Buffer => value };
const method = (path: string, requestStream: boolean, responseStream: boolean) =>
  ({
    path: `/test.Echo/${path}`,
    requestStream,
    responseStream,
    requestSerialize: octets.serialize,
    requestDeserialize: octets.deserialize,
    responseSerialize: octets.serialize,
    responseDeserialize: octets.deserialize,
  }) as const;

const service = {
  unary: method('Unary', false, false),
  many: method('Many', false, true),
  collect: method('Collect', true, false),
  chat: method('Chat', true, true),
  fail: method('Fail', false, false),
  wait: method('Wait', false, false),
};

/** What the server saw. */
const seen = { cancelled: deferred(), te: '', metadata: '' };
const bytes = 10 * 1024 * 1024;

async function startServer(): Promise<{ to: string; server: grpc.Server }> {
  const server = new grpc.Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_metadata_size': 65_536 });
  server.addService(service, {
    unary: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
      seen.metadata = String(call.metadata.get('x-big')[0] ?? '');
      const trailers = new grpc.Metadata();
      trailers.set('x-trailer', 'after');
      const first = new grpc.Metadata();
      first.set('x-first', 'before');
      call.sendMetadata(first);
      done(null, call.request, trailers);
    },
    many: (call: grpc.ServerWritableStream<Buffer, Buffer>) => {
      for (let at = 0; at < 100; at++) call.write(Buffer.from(`${at}`));
      call.end();
    },
    collect: (call: grpc.ServerReadableStream<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
      let total = 0;
      call.on('data', (message: Buffer) => (total += message.length));
      call.on('end', () => done(null, Buffer.from(`${total}`)));
    },
    chat: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
      call.on('data', (message: Buffer) => call.write(message));
      call.on('end', () => call.end());
    },
    fail: (_call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
      const metadata = new grpc.Metadata();
      metadata.set('x-why', 'no such thing');
      done({ code: grpc.status.NOT_FOUND, details: 'not here: ü', metadata });
    },
    wait: (call: grpc.ServerUnaryCall<Buffer, Buffer>) => {
      call.on('cancelled', () => seen.cancelled.resolve());
    },
  });
  const credentials = grpc.ServerCredentials.createSsl(null, [
    { cert_chain: pem(identity.cert), private_key: pem(identity.key) },
  ]);
  const { promise, resolve, reject } = deferred<number>();
  server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
    error === null ? resolve(port) : reject(error),
  );
  return { to: `https://127.0.0.1:${await promise}`, server };
}

const Client = grpc.makeGenericClientConstructor(service, 'Echo');
type Call = (...args: unknown[]) => grpc.ClientDuplexStream<Buffer, Buffer>;

const { to, server } = await startServer();
const { port } = await startProxy({
  tls: front,
  upstreams: { grpc: { to, name: 'api.test', ca: authority.root, protocol: 'http2' } },
});

/** A client that verifies the proxy. */
function connect(at: number): grpc.Client & Record<string, Call> {
  const made = new Client(`127.0.0.1:${at}`, grpc.credentials.createSsl(pem(authority.root)), {
    'grpc.ssl_target_name_override': 'front.test',
    'grpc.default_authority': 'front.test',
    'grpc.max_receive_message_length': -1,
    'grpc.max_metadata_size': 65_536,
  });
  after(() => made.close());
  return made as unknown as grpc.Client & Record<string, Call>;
}

const client = connect(port);
after(() => server.forceShutdown());

describe('gRPC through the proxy, with its own client and server', () => {
  function unary(
    name: string,
    message: Buffer,
    metadata: grpc.Metadata = new grpc.Metadata(),
    options: grpc.CallOptions = {},
  ): Promise<{ value: Buffer; status: grpc.StatusObject; first: grpc.Metadata | null }> {
    const { promise, resolve, reject } = deferred<{
      value: Buffer;
      status: grpc.StatusObject;
      first: grpc.Metadata | null;
    }>();
    let value: Buffer = Buffer.alloc(0);
    let first: grpc.Metadata | null = null;
    const call = client[name]?.(
      message,
      metadata,
      options,
      (error: grpc.ServiceError | null, given: Buffer) => {
        if (error !== null) reject(error);
        else value = given;
      },
    );
    call?.on('metadata', (given: grpc.Metadata) => (first = given));
    call?.on('status', (status: grpc.StatusObject) => resolve({ value, status, first }));
    return promise;
  }

  it('unary, with metadata before and behind', async () => {
    const { value, status, first } = await unary('unary', Buffer.from('hello'));
    assert.deepEqual([value.toString(), status.code], ['hello', grpc.status.OK]);
    assert.deepEqual([first?.get('x-first'), status.metadata.get('x-trailer')], [['before'], ['after']]);
  });

  it('metadata of 12 KiB', async () => {
    const metadata = new grpc.Metadata();
    metadata.set('x-big', 'm'.repeat(12_000));
    await unary('unary', Buffer.from('hello'), metadata);
    assert.equal(seen.metadata.length, 12_000);
  });

  it('a message of 10 MiB both ways', async () => {
    const message = Buffer.alloc(bytes, 'x');
    const { value } = await unary('unary', message);
    assert.ok(value.equals(message));
  });

  it('the server streams', async () => {
    const call = client['many']?.(Buffer.from('x'));
    const got: string[] = [];
    for await (const message of call ?? []) got.push((message as Buffer).toString());
    assert.deepEqual(
      got,
      Array.from({ length: 100 }, (_, at) => `${at}`),
    );
  });

  it('the client streams', async () => {
    const { promise, resolve, reject } = deferred<Buffer>();
    const call = client['collect']?.((error: Error | null, value: Buffer) =>
      error === null ? resolve(value) : reject(error),
    );
    for (let at = 0; at < 40; at++) call?.write(Buffer.alloc(bytes / 40));
    call?.end();
    assert.equal((await promise).toString(), String(bytes));
  });

  it('both stream, one message after the other', async () => {
    const call = client['chat']?.() as grpc.ClientDuplexStream<Buffer, Buffer>;
    const messages = call[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    for (const text of ['one', 'two', 'three']) {
      call.write(Buffer.from(text));
      const { value } = await messages.next();
      assert.equal((value as Buffer).toString(), text);
    }
    call.end();
    assert.equal((await messages.next()).done, true);
  });

  it('an error is told in trailers alone', async () => {
    const error = await unary('fail', Buffer.from('x')).then(
      () => null,
      (reason: grpc.ServiceError) => reason,
    );
    assert.deepEqual([error?.code, error?.details], [grpc.status.NOT_FOUND, 'not here: ü']);
    assert.deepEqual(error?.metadata.get('x-why'), ['no such thing']);
  });

  it('a deadline reaches the server', async () => {
    seen.cancelled = deferred();
    await assert.rejects(
      unary('wait', Buffer.from('x'), new grpc.Metadata(), { deadline: Date.now() + 300 }),
      {
        code: grpc.status.DEADLINE_EXCEEDED,
      },
    );
    await seen.cancelled.promise;
  });

  it('what a client cancels is cancelled at the server', async () => {
    seen.cancelled = deferred();
    const { promise, resolve } = deferred<grpc.ServiceError>();
    const call = client['wait']?.(Buffer.from('x'), (error: grpc.ServiceError) => resolve(error));
    setTimeout(() => call?.cancel(), 200);
    assert.equal((await promise).code, grpc.status.CANCELLED);
    await seen.cancelled.promise;
  });

  it('an upstream that is not there is UNAVAILABLE', async () => {
    const none = await startProxy({
      tls: front,
      upstreams: {
        grpc: { to: 'https://127.0.0.1:9', name: 'api.test', ca: authority.root, protocol: 'http2' },
      },
    });
    const other = connect(none.port);
    const { promise, resolve } = deferred<grpc.ServiceError>();
    other['unary']?.(Buffer.from('x'), (error: grpc.ServiceError) => resolve(error));
    assert.equal((await promise).code, grpc.status.UNAVAILABLE);
  });
});
