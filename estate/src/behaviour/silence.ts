import { ignore, type Behaviour } from './behaviour.ts';

/** Takes the connection, reads everything, and never says a word. */
export const silent: Behaviour = (stream) => void stream.on('error', ignore).resume();

/** Says that a record of 16 kB comes, and then sends an octet of it every so many milliseconds, without end. */
export function drip(every: number): Behaviour {
  return (stream) => {
    stream.on('error', ignore).resume();
    stream.write(Buffer.of(0x16, 0x03, 0x03, 0x40, 0x00));
    const timer = setInterval(() => stream.write(Buffer.of(0x02)), every);
    stream.on('close', () => clearInterval(timer));
  };
}
