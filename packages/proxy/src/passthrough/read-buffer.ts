/** Octets of a buffer of a connection that has little to say, and of one that has much. */
const sizes = { small: 4096, large: 65_536 } as const;
/** How many of each are kept for the next connections. */
const kept = { small: 1024, large: 128 } as const;

type Size = keyof typeof sizes;

const free: Record<Size, Buffer[]> = { small: [], large: [] };

/**
 * What one side of a passage is read into, again and again: a small buffer, and a large one for as long as it is filled.
 * An idle connection holds a small one.
 */
export class ReadBuffer {
  #size: Size = 'small';
  #octets: Buffer = take('small');

  get octets(): Buffer {
    return this.#octets;
  }

  /** Nothing that was read is needed any more: the next read may be larger, or smaller. @param read its octets */
  fit(read: number): void {
    if (this.#size === 'small') {
      if (read === sizes.small) this.#change('large');
    } else if (read <= sizes.small) {
      this.#change('small');
    }
  }

  /** Nothing is read any more, and nothing that was read is needed. */
  release(): void {
    giveBack(this.#size, this.#octets);
  }

  #change(size: Size): void {
    giveBack(this.#size, this.#octets);
    this.#size = size;
    this.#octets = take(size);
  }
}

function take(size: Size): Buffer {
  return free[size].pop() ?? Buffer.allocUnsafeSlow(sizes[size]);
}

function giveBack(size: Size, octets: Buffer): void {
  if (free[size].length < kept[size]) free[size].push(octets);
}
