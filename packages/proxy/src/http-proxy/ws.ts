import { randomUUID } from 'node:crypto';
import { ServerResponse, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { answerHeaders } from '../forward/answer-headers.ts';
import { openTunnel } from '../forward/tunnel.ts';
import { answerUpgrade } from '../forward/upgrade-answer.ts';
import { answerItself } from '../front/own-answer.ts';
import { readRequestHead } from '../front/request-head.ts';
import { outgoingRequest } from './outgoing-request.ts';
import type { Plan } from './plan.ts';
import type { ErrorCallback, ProxyServer } from './proxy-server.ts';
import { warnOfFailure } from './quiet-warning.ts';
import type { Target } from './target.ts';

/** Hands an upgrade to WebSocket on. As http-proxy does, it ends the socket of any other. */
export function proxyUpgrade(
  server: ProxyServer,
  request: IncomingMessage,
  socket: Socket,
  rest: Buffer,
  plan: Plan,
  callback: ErrorCallback | null,
): void {
  const target = plan.target as Target;
  if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket') {
    socket.destroy();
    return;
  }
  socket.on('error', () => {});
  socket.setTimeout(0);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 0);
  const head = readRequestHead(request);
  if ('status' in head || head.hasBody) {
    answerItself(answerOn(request, socket), 'status' in head ? head.status : 400, randomUUID(), false);
    return;
  }
  let isOpen = false;
  const fail = (error: Error): void => {
    if (isOpen) return;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ECONNRESET' && socket.destroyed) {
      server.emit('econnreset', error, request, socket, target.url);
    } else if (callback !== null) callback(error, request, socket, target.url);
    else if (server.listenerCount('error') > 0) server.emit('error', error, request, socket, target.url);
    else {
      const requestId = randomUUID();
      warnOfFailure(error, target, requestId);
      answerItself(answerOn(request, socket), 502, requestId, false);
      return;
    }
    socket.end();
  };
  let sent: ClientRequest;
  try {
    sent = outgoingRequest(request, head, plan, target, 'websocket');
  } catch (error) {
    fail(error as Error);
    return;
  }
  const leave = (): void => {
    sent.destroy();
  };
  socket.once('close', leave);
  sent.on('error', fail);
  sent.on('response', (proxyRes) => {
    const answer = answerOn(request, socket);
    const { headers } = answerHeaders(proxyRes.rawHeaders);
    answer.writeHead(proxyRes.statusCode ?? 502, proxyRes.statusMessage ?? '', headers);
    proxyRes.on('error', () => socket.destroy());
    proxyRes.pipe(answer);
  });
  sent.on('upgrade', (proxyRes: IncomingMessage, proxySocket: Socket, proxyHead: Buffer) => {
    const fields = answerHeaders(proxyRes.rawHeaders);
    // RFC 9110 §7.8: a server does not switch to what was not asked for.
    if (fields.upgrade?.toLowerCase() !== 'websocket') {
      proxySocket.destroy();
      fail(new Error('the target switched to another protocol'));
      return;
    }
    isOpen = true;
    socket.off('close', leave);
    if (proxyHead.length > 0) proxySocket.unshift(proxyHead);
    openTunnel(answerUpgrade(answerOn(request, socket), socket, fields), proxySocket, rest);
    proxySocket.once('close', () => server.emit('close', proxyRes, proxySocket, proxyHead));
    server.emit('open', proxySocket);
    server.emit('proxySocket', proxySocket);
  });
  server.emit('proxyReqWs', sent, request, socket, { ...plan.options, target: target.url }, rest);
  sent.end();
}

/** An answer on a socket that Node's parser has let go of. */
export function answerOn(request: IncomingMessage, socket: Socket): ServerResponse {
  const answer = new ServerResponse(request);
  answer.shouldKeepAlive = false;
  answer.assignSocket(socket);
  answer.once('finish', () => socket.destroySoon());
  return answer;
}
