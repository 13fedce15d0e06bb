import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** The answer that is under way on a connection of HTTP/1.1; Node keeps it there, and tells it nowhere else. */
export function answerUnderWay(socket: Duplex): ServerResponse | null {
  const { _httpMessage: answer } = socket as { _httpMessage?: ServerResponse | null };
  return answer ?? null;
}
