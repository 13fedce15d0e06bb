/** Octets that came and are not handed on yet. The first piece is kept as it is; with the second they are copied. */
export class HeldOctets {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  /** All of them. It is valid until the next {@link add}. */
  get octets(): Buffer {
    return this.#buffer.length === this.#length ? this.#buffer : this.#buffer.subarray(0, this.#length);
  }

  add(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (this.#length === 0) {
      this.#buffer = chunk;
    } else {
      if (length > this.#buffer.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(1024, 2 * length));
        this.#buffer.copy(larger, 0, 0, this.#length);
        this.#buffer = larger;
      }
      chunk.copy(this.#buffer, this.#length);
    }
    this.#length = length;
  }

  /** Forgets the first ones. */
  drop(count: number): void {
    this.#buffer = this.#buffer.subarray(count, this.#length);
    this.#length -= count;
  }
}
