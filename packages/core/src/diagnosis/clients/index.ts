import type { ClientName } from '../evidence.ts';
import type { ClientProfile } from './profile.ts';
import { amqplib } from './amqplib.ts';
import { axios } from './axios.ts';
import { basicFtp } from './basic-ftp.ts';
import { elasticsearch } from './elasticsearch.ts';
import { fetch } from './fetch.ts';
import { got } from './got.ts';
import { grpcJs } from './grpc-js.ts';
import { httpProxy } from './http-proxy.ts';
import { http2 } from './http2.ts';
import { httpsProxyAgent } from './https-proxy-agent.ts';
import { https } from './https.ts';
import { httpxy } from './httpxy.ts';
import { imapflow } from './imapflow.ts';
import { ioredisCluster } from './ioredis-cluster.ts';
import { ioredis } from './ioredis.ts';
import { kafkajs } from './kafkajs.ts';
import { mongodb } from './mongodb.ts';
import { mqtt } from './mqtt.ts';
import { mysql2 } from './mysql2.ts';
import { nodeFetch } from './node-fetch.ts';
import { nodemailer } from './nodemailer.ts';
import { pg } from './pg.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';
import { superagent } from './superagent.ts';
import { tedious } from './tedious.ts';
import { tls } from './tls.ts';
import { undiciProxy } from './undici-proxy.ts';
import { undici } from './undici.ts';
import { ws } from './ws.ts';

/** Every client library altname knows, in the order of the documentation. */
export const clientProfiles: Readonly<Record<ClientName, ClientProfile>> = {
  https,
  tls,
  http2,
  axios,
  got,
  undici,
  fetch,
  'node-fetch': nodeFetch,
  ws,
  pg,
  ioredis,
  redis,
  nodemailer,
  mqtt,
  amqplib,
  mongodb,
  kafkajs,
  'grpc-js': grpcJs,
  superagent,
  'http-proxy': httpProxy,
  httpxy,
  'https-proxy-agent': httpsProxyAgent,
  'undici-proxy': undiciProxy,
  postgres,
  mysql2,
  'ioredis-cluster': ioredisCluster,
  imapflow,
  elasticsearch,
  tedious,
  'basic-ftp': basicFtp,
};

/** The names of {@link clientProfiles}, in its order. */
export const clientNames: readonly ClientName[] = Object.keys(clientProfiles) as ClientName[];
