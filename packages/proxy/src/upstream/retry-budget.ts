/** How much of a further request each request earns. */
const share = 0.2;
/** Further requests that are saved up at most, and that there are in the beginning. */
const most = 100;

/**
 * What keeps retries from becoming a storm: where everything fails, one request in five is tried again, and not every
 * one. What was saved up lets all requests of a server through that ends in an ordinary way.
 */
export class RetryBudget {
  #left = most;

  earn(): void {
    if (this.#left < most) this.#left += share;
  }

  spend(): boolean {
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
