import fs from 'node:fs';
import { Cluster, Redis } from 'ioredis';
import type { Client } from './send-all.ts';

/**
 * A client for `redis://`, `rediss://…?ca=`, `redis+cluster://` and `redis+sentinel://` addresses.
 * A command whose answer was lost is not sent again: its promise rejects.
 */
export function openClient(url: string): Client {
  const [, kind = '', rest = ''] = /^(redis|rediss|redis\+cluster|redis\+sentinel):\/\/(.*)$/.exec(url) ?? [];
  const at = rest.lastIndexOf('@');
  const login = readLogin(rest.slice(0, Math.max(at, 0)));
  const [whole = '', query = ''] = rest.slice(at + 1).split('?');
  const [hosts = '', path = ''] = whole.split('/');
  const nodes = hosts.split(',').map(readHost);
  const ca = new URLSearchParams(query).get('ca');
  const common = { ...login, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false, retryStrategy: () => 50 };
  const client = makeClient();
  client.on('error', () => {});
  return client;

  function makeClient(): Client {
    if (kind === 'redis+cluster') return new Cluster(nodes, { redisOptions: login, scaleReads: 'master' });
    if (kind === 'redis+sentinel') return new Redis({ ...common, sentinels: nodes, name: decodeURIComponent(path) });
    if (kind === '') throw new Error('the address has no kind that is known');
    const tls = kind === 'rediss' ? { tls: ca ? { ca: fs.readFileSync(ca) } : {} } : {};
    return new Redis({ ...common, ...nodes[0], ...tls, db: Number(path || 0) });
  }
}

function readLogin(text: string): { username?: string; password?: string } {
  if (text === '') return {};
  const colon = text.indexOf(':');
  const username = decodeURIComponent(colon < 0 ? text : text.slice(0, colon));
  const password = colon < 0 ? undefined : decodeURIComponent(text.slice(colon + 1));
  return { ...(username ? { username } : {}), ...(password === undefined ? {} : { password }) };
}

function readHost(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
