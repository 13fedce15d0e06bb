import { Socket } from 'node:net';
import { afterFirstOctets, type Behaviour } from './behaviour.ts';

/** Takes the connection and closes it at once. */
export const closeAtOnce: Behaviour = (stream) => void stream.destroy();

/** Reads the ClientHello and closes without a word, as a load balancer without a matching rule does. */
export const closeAfterHello: Behaviour = (stream) => afterFirstOctets(stream, () => stream.destroy());

/** Reads the ClientHello and sends a TCP reset, as a firewall that forbids the server name does. */
export const resetAfterHello: Behaviour = (stream) =>
  afterFirstOctets(stream, () => (stream instanceof Socket ? stream.resetAndDestroy() : stream.destroy()));
