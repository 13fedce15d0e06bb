/** An answer whose head is ready. */
export interface FirstHead {
  sendFirst(): void;
}

/** Those that came in this turn of the event loop; the places behind them are empty. */
const waiting: (FirstHead | null)[] = [];
let count = 0;

/** Sends a head when no more of its answer comes at once. */
export function sendLater(head: FirstHead): void {
  if (count === 0) process.nextTick(sendWaiting);
  waiting[count++] = head;
}

function sendWaiting(): void {
  const all = count;
  count = 0;
  for (let at = 0; at < all; at++) {
    const head = waiting[at];
    waiting[at] = null;
    head?.sendFirst();
  }
}
