import { IncomingMessage } from 'node:http';

/** What Node calls when an answer is over and nobody has read the request; its types do not have it. */
interface Dumpable {
  _dump(): void;
}

/**
 * A request of HTTP/1.1 to the server in front. Node brings one that nobody has read to its end when its answer is over,
 * in several turns of its queue; where all of it came, and nothing is left, none of that is heard by anybody.
 */
export class FrontRequest extends IncomingMessage implements Dumpable {
  _dump(): void {
    if (this.complete && this.readableFlowing === null && this.readableLength === 0) return;
    (IncomingMessage.prototype as unknown as Dumpable)._dump.call(this);
  }
}
