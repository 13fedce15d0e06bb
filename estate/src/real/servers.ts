import { dovecot } from './dovecot.ts';
import { exim } from './exim.ts';
import { mariadb } from './mariadb.ts';
import { mosquitto } from './mosquitto.ts';
import { nginx } from './nginx.ts';
import { postgresql } from './postgresql.ts';
import { rabbitmq } from './rabbitmq.ts';
import { redisCluster } from './redis-cluster.ts';
import { redis } from './redis.ts';
import { squid } from './squid.ts';
import { vsftpd } from './vsftpd.ts';

/** Every real server, by kind. */
export const servers = {
  dovecot,
  exim,
  mariadb,
  mosquitto,
  nginx,
  postgresql,
  rabbitmq,
  redis,
  'redis-cluster': redisCluster,
  squid,
  vsftpd,
} as const;
