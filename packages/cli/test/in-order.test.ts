import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { inOrder } from '../src/check/in-order.ts';

const never = new AbortController().signal;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}

test('results come in the order of the inputs, whatever finishes first', async () => {
  const inputs = Array.from({ length: 50 }, (_, i) => i);
  const work = async (i: number): Promise<number> => {
    await sleep((i * 7) % 11);
    return i;
  };
  assert.deepEqual(await collect(inOrder(inputs, 8, work, never)), inputs);
});

test('no more are in flight than the width, and no more inputs are taken than there is room for', async () => {
  let flying = 0;
  let most = 0;
  let taken = 0;
  let given = 0;
  let furthest = 0;
  const work = async (i: number): Promise<number> => {
    most = Math.max(most, ++flying);
    await sleep(i === 0 ? 100 : 1);
    flying--;
    return i;
  };
  function* inputs(): Generator<number> {
    for (let i = 0; i < 200; i++) {
      taken++;
      furthest = Math.max(furthest, taken - given);
      yield i;
    }
  }
  for await (const result of inOrder(inputs(), 4, work, never)) {
    assert.equal(result, given);
    given++;
  }
  assert.equal(given, 200);
  assert.equal(most, 4);
  // Four times the width are held, and one has been taken that waits for room.
  assert.ok(furthest <= 18, String(furthest));
});

test('a result is not held back by an input that has not come', async () => {
  let release = (): void => {};
  const late = new Promise<void>((resolve) => (release = resolve));
  async function* inputs(): AsyncGenerator<number> {
    yield 1;
    yield 2;
    await late;
    yield 3;
  }
  const results = inOrder(inputs(), 4, async (i) => i, never);
  assert.equal((await results.next()).value, 1);
  assert.equal((await results.next()).value, 2);
  release();
  assert.equal((await results.next()).value, 3);
  assert.equal((await results.next()).done, true);
});

test('after an abort no input is taken, and what was begun is yielded', async () => {
  const stop = new AbortController();
  let begun = 0;
  const work = async (i: number): Promise<number> => {
    begun++;
    await sleep(20);
    return i;
  };
  const results: number[] = [];
  for await (const result of inOrder(
    Array.from({ length: 100 }, (_, i) => i),
    5,
    work,
    stop.signal,
  )) {
    results.push(result);
    if (result === 7) stop.abort();
  }
  assert.equal(results.length, begun);
  assert.ok(begun < 30);
});

test('a fault in the work or the inputs reaches the reader', async () => {
  const broken = async (i: number): Promise<number> => {
    if (i === 3) throw new Error('a fault');
    return i;
  };
  await assert.rejects(collect(inOrder([1, 2, 3, 4], 2, broken, never)), /a fault/);
  async function* inputs(): AsyncGenerator<number> {
    yield 1;
    throw new Error('inputs');
  }
  await assert.rejects(collect(inOrder(inputs(), 2, async (i) => i, never)), /inputs/);
});
