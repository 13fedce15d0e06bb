import type { Table } from '../table.ts';

export const table: Table = {
  good: {
    'axios with an agent': `import axios from 'axios';
import https from 'node:https';
axios.get('https://a.example', { httpsAgent: new https.Agent({ servername: 'a.example' }) });`,
    'data of axios': `import axios from 'axios';
axios.post('https://a.example', { agent: 'Smith', ca: 'California', servername: 'x' });`,
    undici: `import { Agent } from 'undici';
new Agent({ connect: { servername: 'a.example', ca } });`,
    'ProxyAgent of undici': `import { ProxyAgent } from 'undici';
new ProxyAgent({ uri, requestTls: { ca }, proxyTls: { servername: 'proxy.example' } });`,
    'fetch with a dispatcher': `await fetch('https://a.example', { dispatcher });`,
    'node-fetch with an agent': `import fetch from 'node-fetch';
await fetch('https://a.example', { agent });`,
    got: `import got from 'got';
await got('https://a.example', { https: { serverName: 'a.example', certificateAuthority: ca } });`,
    'pg to an address': `import pg from 'pg';
new pg.Client({ host: '10.0.0.5', ssl: { servername: 'db.example' } });`,
    'pg to a host that is not told': `import pg from 'pg';
new pg.Client({ host: process.env.PGHOST, ssl: { servername: 'db.example' } });`,
    ioredis: `import Redis from 'ioredis';
new Redis({ host: 'cache.example', tls: { servername: 'cache.example' } });`,
    'ioredis to an address': `import Redis from 'ioredis';
new Redis({ host: '10.0.0.5', tls: {} });`,
    'ioredis without TLS': `import Redis from 'ioredis';
new Redis({ host: 'cache.example' });
new Redis('redis://cache.example');`,
    'ioredis to a host that is not told': `import Redis from 'ioredis';
new Redis({ host: process.env.REDIS_HOST, tls: {} });`,
    'ioredis with options that are not told': `import Redis from 'ioredis';
new Redis({ host: 'cache.example', tls: { ...tls } });`,
    'node-redis': `import { createClient } from 'redis';
createClient({ url: 'rediss://cache.example:6380', socket: { tls: true, servername: 'cache.example' } });`,
    'a cluster of ioredis': `import Redis from 'ioredis';
new Redis.Cluster(nodes, { redisOptions: { tls: {} } });`,
    'nodemailer, with the name beside the host': `import nodemailer from 'nodemailer';
nodemailer.createTransport({ host: '10.0.0.5', servername: 'smtp.example', tls: { ca } });`,
    mqtt: `import mqtt from 'mqtt';
mqtt.connect('mqtts://10.0.0.5', { servername: 'broker.example' });`,
    amqplib: `import amqp from 'amqplib';
amqp.connect('amqps://10.0.0.5', { servername: 'broker.example' });`,
    mongodb: `import { MongoClient } from 'mongodb';
new MongoClient(url, { tls: true, servername: 'db.example' });`,
    kafkajs: `import { Kafka } from 'kafkajs';
new Kafka({ brokers, ssl: { servername: 'kafka.example' } });`,
    'grpc-js': `import { Client, credentials } from '@grpc/grpc-js';
new Client('10.0.0.5:443', credentials.createSsl(), { 'grpc.ssl_target_name_override': 'a.example' });`,
    tedious: `import { Connection } from 'tedious';
new Connection({ server: '10.0.0.5', options: { serverName: 'db.example' } });`,
    'https itself': `import https from 'node:https';
https.get({ host: '10.0.0.5', servername: 'a.example', agent });`,
    'tls of a server': `import https from 'node:https';
https.createServer({ tls: { servername: 'a.example' } });`,
    'what is undefined': `import axios from 'axios';
axios.get('https://a.example', { agent: undefined });`,
    'a function of the same name': `const axios = { get() {} };
axios.get('https://a.example', { agentOptions: {} });`,
  },
  bad: [
    {
      name: 'axios, agentOptions',
      code: `import axios from 'axios';
axios.get('https://10.0.0.5', { agentOptions: { servername: 'a.example' } });`,
      messages: ['ignored'],
    },
    {
      name: 'axios, beside the URL',
      code: `const axios = require('axios');
axios({ url: 'https://10.0.0.5', servername: 'a.example' });`,
      messages: ['ignored'],
    },
    {
      name: 'axios, an instance, a verb with data',
      code: `import axios from 'axios';
const api = axios.create({ baseURL: 'https://a.example', rejectUnauthorized: true });
api.post('/items', body, { ca });`,
      messages: ['ignored', 'ignored'],
    },
    {
      name: 'undici, connect.tls',
      code: `import { Agent } from 'undici';
new Agent({ connect: { tls: { servername: 'a.example' } } });`,
      messages: ['ignored'],
      suggested: [
        `import { Agent } from 'undici';
new Agent({ connect: { servername: 'a.example' } });`,
      ],
    },
    {
      name: 'undici, beside connect',
      code: `const { Pool } = require('undici');
new Pool('https://10.0.0.5', { connections: 2, servername: 'a.example', connect: { ca } });`,
      messages: ['ignored'],
      suggested: [
        `const { Pool } = require('undici');
new Pool('https://10.0.0.5', { connections: 2, connect: { ca, servername: 'a.example' } });`,
      ],
    },
    {
      name: 'undici, without connect',
      code: `import { Agent } from 'undici';
new Agent({ ca });`,
      messages: ['ignored'],
      suggested: [
        `import { Agent } from 'undici';
new Agent({ connect: { ca: ca } });`,
      ],
    },
    {
      name: 'undici, connect of a ProxyAgent',
      code: `import { ProxyAgent } from 'undici';
new ProxyAgent({ uri, connect: { ca } });`,
      messages: ['renamed'],
      suggested: [
        `import { ProxyAgent } from 'undici';
new ProxyAgent({ uri, requestTls: { ca } });`,
      ],
    },
    {
      name: 'fetch, with an agent',
      code: `import https from 'node:https';
await fetch('https://10.0.0.5', { agent: new https.Agent({ servername: 'a.example' }) });`,
      messages: ['ignored'],
    },
    {
      name: 'fetch, beside the method',
      code: `await fetch('https://10.0.0.5', { method: 'POST', servername: 'a.example' });`,
      messages: ['ignored'],
    },
    {
      name: 'node-fetch, beside the method',
      code: `import fetch from 'node-fetch';
await fetch('https://10.0.0.5', { servername: 'a.example' });`,
      messages: ['ignored'],
    },
    {
      name: 'got, beside https',
      code: `import got from 'got';
await got('https://10.0.0.5', { servername: 'a.example' });`,
      messages: ['ignored'],
      suggested: [
        `import got from 'got';
await got('https://10.0.0.5', { https: { serverName: 'a.example' } });`,
      ],
    },
    {
      name: 'got, by the name of Node',
      code: `import got from 'got';
await got('https://10.0.0.5', { https: { servername: 'a.example' } });`,
      messages: ['renamed'],
      suggested: [
        `import got from 'got';
await got('https://10.0.0.5', { https: { serverName: 'a.example' } });`,
      ],
    },
    {
      name: 'pg, beside ssl',
      code: `import pg from 'pg';
new pg.Pool({ host: '10.0.0.5', servername: 'db.example', ssl: { ca } });`,
      messages: ['ignored'],
      suggested: [
        `import pg from 'pg';
new pg.Pool({ host: '10.0.0.5', ssl: { ca, servername: 'db.example' } });`,
      ],
    },
    {
      name: 'pg, to a name',
      code: `const { Client } = require('pg');
new Client({ host: 'localhost', port: 6543, ssl: { servername: 'db.example' } });`,
      messages: ['overwritten'],
    },
    {
      name: 'pg, to a name in a URL',
      code: `import pg from 'pg';
new pg.Client({ connectionString: \`postgres://user:\${password}@tunnel.example/shop\`, ssl: { servername: 'db.example' } });`,
      messages: ['overwritten'],
    },
    {
      name: 'pg, to a name in a URL that is whole',
      code: `import pg from 'pg';
new pg.Client({ connectionString: 'postgres://user@tunnel.example/shop', ssl: { servername: 'db.example' } });`,
      messages: ['overwritten'],
    },
    {
      name: 'ioredis, beside tls',
      code: `import { Redis } from 'ioredis';
new Redis({ host: '10.0.0.5', servername: 'cache.example', tls: {} });`,
      messages: ['ignored'],
      suggested: [
        `import { Redis } from 'ioredis';
new Redis({ host: '10.0.0.5', tls: { servername: 'cache.example' } });`,
      ],
    },
    {
      name: 'ioredis, no name',
      code: `import Redis from 'ioredis';
new Redis({ host: 'cache.example', port: 6380, tls: {} });`,
      messages: ['notSent'],
      suggested: [
        `import Redis from 'ioredis';
new Redis({ host: 'cache.example', port: 6380, tls: { servername: 'cache.example' } });`,
      ],
    },
    {
      name: 'ioredis, no name, by a URL',
      code: `const Redis = require('ioredis');
new Redis('rediss://user:secret@cache.example:6380');`,
      messages: ['notSent'],
    },
    {
      name: 'ioredis, no name, with other options',
      code: `import Redis from 'ioredis';
new Redis(6380, 'cache.example', { tls: { ca } });`,
      messages: ['notSent'],
    },
    {
      name: 'ioredis, a cluster',
      code: `import Redis from 'ioredis';
new Redis.Cluster(nodes, { tls: { servername: 'cache.example' } });`,
      messages: ['ignored'],
    },
    {
      name: 'ioredis, a host that is not told, in strict',
      options: { unknownHosts: true },
      code: `import Redis from 'ioredis';
new Redis({ host: process.env.REDIS_HOST, tls: {} });`,
      messages: ['notSent'],
    },
    {
      name: 'node-redis, no name',
      code: `import { createClient } from 'redis';
createClient({ url: 'rediss://cache.example:6380' });`,
      messages: ['notSent'],
    },
    {
      name: 'node-redis, no name, in its socket',
      code: `import { createClient } from 'redis';
createClient({ socket: { host: 'cache.example', port: 6380, tls: true } });`,
      messages: ['notSent'],
      suggested: [
        `import { createClient } from 'redis';
createClient({ socket: { host: 'cache.example', port: 6380, tls: true, servername: 'cache.example' } });`,
      ],
    },
    {
      name: 'node-redis, beside its socket',
      code: `import { createClient } from 'redis';
createClient({ servername: 'cache.example', socket: { host: '10.0.0.5', tls: true } });`,
      messages: ['ignored'],
      suggested: [
        `import { createClient } from 'redis';
createClient({ socket: { host: '10.0.0.5', tls: true, servername: 'cache.example' } });`,
      ],
    },
    {
      name: 'node-redis, in an object tls',
      code: `import { createClient } from 'redis';
createClient({ socket: { host: '10.0.0.5', tls: { servername: 'cache.example' } } });`,
      messages: ['ignored'],
    },
    {
      name: 'nodemailer, beside tls',
      code: `const nodemailer = require('nodemailer');
nodemailer.createTransport({ host: 'smtp.example', ca });`,
      messages: ['ignored'],
      suggested: [
        `const nodemailer = require('nodemailer');
nodemailer.createTransport({ host: 'smtp.example', tls: { ca: ca } });`,
      ],
    },
    {
      name: 'mqtt, in tls',
      code: `import mqtt from 'mqtt';
mqtt.connect('mqtts://10.0.0.5', { tls: { servername: 'broker.example' } });`,
      messages: ['ignored'],
    },
    {
      name: 'amqplib, in the first argument',
      code: `import amqp from 'amqplib';
amqp.connect({ protocol: 'amqps', hostname: '10.0.0.5', servername: 'broker.example' });`,
      messages: ['ignored'],
    },
    {
      name: 'mongodb, in tls',
      code: `import { MongoClient } from 'mongodb';
new MongoClient(url, { tls: { servername: 'db.example' } });`,
      messages: ['ignored'],
    },
    {
      name: 'kafkajs, in tls',
      code: `import { Kafka } from 'kafkajs';
new Kafka({ brokers, tls: { servername: 'kafka.example' } });`,
      messages: ['renamed'],
      suggested: [
        `import { Kafka } from 'kafkajs';
new Kafka({ brokers, ssl: { servername: 'kafka.example' } });`,
      ],
    },
    {
      name: 'elasticsearch, beside tls',
      code: `import { Client } from '@elastic/elasticsearch';
new Client({ node: 'https://10.0.0.5:9200', servername: 'search.example' });`,
      messages: ['ignored'],
    },
    {
      name: 'grpc-js, the name of Node',
      code: `import { Client, credentials } from '@grpc/grpc-js';
new Client('10.0.0.5:443', credentials.createSsl(), { servername: 'a.example' });`,
      messages: ['renamed'],
      suggested: [
        `import { Client, credentials } from '@grpc/grpc-js';
new Client('10.0.0.5:443', credentials.createSsl(), { 'grpc.ssl_target_name_override': 'a.example' });`,
      ],
    },
    {
      name: 'grpc-js, in the credentials',
      code: `const grpc = require('@grpc/grpc-js');
grpc.credentials.createSsl(ca, null, null, { servername: 'a.example' });`,
      messages: ['ignored'],
    },
    {
      name: 'mysql2, in ssl',
      code: `import mysql from 'mysql2/promise';
mysql.createPool({ host: 'db.example', ssl: { verifyIdentity: true, servername: 'db.example' } });`,
      messages: ['ignored'],
    },
    {
      name: 'Postgres.js, beside ssl',
      code: `import postgres from 'postgres';
postgres(url, { servername: 'db.example', ssl: 'verify-full' });`,
      messages: ['ignored'],
    },
    {
      name: 'tedious, the name of Node',
      code: `import { Connection } from 'tedious';
new Connection({ server: '10.0.0.5', options: { servername: 'db.example' } });`,
      messages: ['renamed'],
    },
    {
      name: 'basic-ftp, no name',
      code: `import { Client } from 'basic-ftp';
const client = new Client();
await client.access({ host: 'ftp.example', secure: true });`,
      messages: ['notSent'],
    },
    {
      name: 'ws, in tls',
      code: `import WebSocket from 'ws';
new WebSocket('wss://10.0.0.5', { tls: { servername: 'a.example' } });`,
      messages: ['ignored'],
    },
    {
      name: 'https, in tls',
      code: `import https from 'node:https';
https.get({ host: '10.0.0.5', tls: { servername: 'a.example' } });`,
      messages: ['ignored'],
    },
    {
      name: 'https, the agent of axios',
      code: `import https from 'node:https';
https.get({ host: '10.0.0.5', httpsAgent: agent });`,
      messages: ['renamed'],
    },
    {
      name: 'http-proxy, beside the target',
      code: `import httpProxy from 'http-proxy';
httpProxy.createProxyServer({ target: 'https://10.0.0.5', changeOrigin: true, servername: 'a.example' });`,
      messages: ['ignored'],
    },
    {
      name: 'http-proxy, in ssl',
      code: `import { createProxyMiddleware } from 'http-proxy-middleware';
createProxyMiddleware({ target: 'https://10.0.0.5', changeOrigin: true, ssl: { servername: 'a.example' } });`,
      messages: ['ignored'],
    },
    {
      name: 'request, through a proxy',
      code: `const request = require('request');
request({ url: 'https://10.0.0.5', proxy: 'http://proxy.example:3128', agentOptions: { servername: 'a.example' } }, done);`,
      messages: ['ignored'],
    },
    {
      name: 'TypeScript',
      ts: true,
      code: `import axios, { type AxiosRequestConfig } from 'axios';
const config = { servername: 'a.example' } as AxiosRequestConfig;
await axios.get('https://10.0.0.5', config);`,
      messages: ['ignored'],
    },
  ],
};
