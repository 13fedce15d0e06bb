/**
 * Works on inputs with at most `width` in flight, and yields the results in the order of the inputs, each as soon as
 * all before it are there. What is ready but has to wait is bounded too: at most four times `width` are held at once,
 * and no input is taken before there is room for it. When `stop` aborts no further input is taken; what was begun is
 * still yielded. Whoever works decides how fast it ends then.
 */
export async function* inOrder<I, T>(
  inputs: AsyncIterable<I> | Iterable<I>,
  width: number,
  work: (input: I) => Promise<T>,
  stop: AbortSignal,
): AsyncGenerator<T> {
  const held: Promise<T>[] = [];
  const bell = new Bell();
  let flying = 0;
  let ended = false;
  let fault: unknown = null;

  const begin = (input: I): void => {
    flying++;
    const result = work(input).finally(() => {
      flying--;
      bell.ring();
    });
    // Whoever waits for it gets the fault; until then it must not end the process.
    result.catch(() => {});
    held.push(result);
    bell.ring();
  };
  const take = async (): Promise<void> => {
    try {
      for await (const input of inputs) {
        if (ended) return;
        begin(input);
        while (!ended && (flying >= width || held.length >= width * 4)) await bell.heard();
      }
    } catch (error) {
      fault = error;
    } finally {
      end();
    }
  };
  const end = (): void => {
    ended = true;
    bell.ring();
  };

  stop.addEventListener('abort', end, { once: true });
  if (stop.aborted) return;
  void take();
  try {
    for (;;) {
      while (held.length === 0 && !ended) await bell.heard();
      const first = held[0];
      if (first === undefined) break;
      const result = await first;
      held.shift();
      bell.ring();
      yield result;
    }
    if (fault !== null) throw fault;
  } finally {
    end();
    stop.removeEventListener('abort', end);
  }
}

/** Wakes everybody who waits for something to have changed. */
class Bell {
  #waiting: (() => void)[] = [];

  heard(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  ring(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
