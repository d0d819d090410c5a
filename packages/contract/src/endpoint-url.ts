import { FerryError } from '@cacheferry/kernel';
import { type AddressPair, readAddressMap } from './address-map.ts';
import { type HostPort, readHosts } from './host-port.ts';
import { parseRdbReader, type RdbReader } from './rdb-reader.ts';
import { requireSocketPath, splitSocket } from './socket-url.ts';

/** What an endpoint URL names, with the secrets that stood in it. */
export type Endpoint =
  | (RedisLogin & {
      kind: 'standalone';
      /** Or the absolute path of a unix socket; the port is 0 then. */
      host: string;
      port: number;
      db: number;
      tls: TlsFiles | null;
      scan: boolean;
    })
  | (RedisLogin & {
      kind: 'sentinel';
      sentinels: HostPort[];
      masterName: string;
      sentinelPassword: string | null;
      /** The user that the sentinels themselves ask for, where they have users. */
      sentinelUser?: string;
      scan: boolean;
    })
  | (RedisLogin & {
      kind: 'cluster';
      nodes: HostPort[];
      tls: TlsFiles | null;
      scan: boolean;
      /** Where announced addresses are reached, when not under what they say. */
      addressMap?: AddressPair[];
    })
  | { kind: 'twemproxy'; path: string; pool: string | null; password: string | null }
  | { kind: 'cachecloud'; baseUrl: string; app: string; token: string | null; password: string | null }
  | { kind: 'rdb'; paths: string[] /** The server that a written file is meant for. */; version?: RdbReader }
  | { kind: 'aof'; path: string }
  | {
      kind: 'memcached';
      servers: HostPort[];
      hash: string | null;
      distribution: string | null;
      user: string | null;
      password: string | null;
    }
  | { kind: 'memcached-dump'; path: string };

export type RedisLogin = { user: string | null; password: string | null };
export type TlsFiles = { ca: string | null; cert: string | null; key: string | null };
export type EndpointKind = Endpoint['kind'];
export type EndpointFamily = 'redis' | 'memcached';

const example = 'redis://user:password@10.0.0.5:6379/0';
const invalid = (problem: string, like = example) => new FerryError('endpoint.invalid', { problem, example: like });

/**
 * Reads an endpoint URL of any kind.
 *
 * Throws `endpoint.invalid` with the part that is wrong; the text of the URL, which may hold a password, is never echoed.
 */
export function parseEndpointUrl(text: string): Endpoint {
  if (text.length > 65_536) throw invalid('it is longer than 65,536 characters');
  if (/[\u0000-\u001f\u007f]/.test(text)) throw invalid('it holds a control character');
  const scheme = /^([a-z+-]+):/.exec(text)?.[1];
  const read = scheme === undefined ? undefined : readers[scheme];
  if (!read) throw invalid('it starts with no known kind, like redis:// or rdb:');
  return read(text.slice((scheme as string).length + 1), scheme as string);
}

/** The family that decides which sources may feed which targets. */
export function familyOf(endpoint: Endpoint): EndpointFamily {
  return endpoint.kind === 'memcached' || endpoint.kind === 'memcached-dump' ? 'memcached' : 'redis';
}

const readers: Record<string, (rest: string, scheme: string) => Endpoint> = {
  redis: (rest) => readStandalone(rest, false, false),
  rediss: (rest) => readStandalone(rest, true, false),
  'redis-scan': (rest) => readStandalone(rest, false, true),
  'rediss-scan': (rest) => readStandalone(rest, true, true),
  unix: (rest) => readSocket(rest, false),
  'redis+unix': (rest) => readSocket(rest, false),
  'redis-scan+unix': (rest) => readSocket(rest, true),
  'redis+sentinel': (rest) => readSentinel(rest, false),
  'redis-scan+sentinel': (rest) => readSentinel(rest, true),
  'redis+cluster': (rest) => readCluster(rest, false, false),
  'rediss+cluster': (rest) => readCluster(rest, true, false),
  'redis-scan+cluster': (rest) => readCluster(rest, false, true),
  'rediss-scan+cluster': (rest) => readCluster(rest, true, true),
  twemproxy: (rest) => {
    const { path, query } = splitQuery(rest);
    return { kind: 'twemproxy', path: needPath(path), pool: query.get('pool'), password: null };
  },
  'cachecloud+http': (rest) => readCacheCloud(rest, 'http'),
  'cachecloud+https': (rest) => readCacheCloud(rest, 'https'),
  rdb: readRdb,
  aof: (rest) => ({ kind: 'aof', path: needPath(rest) }),
  memcached: readMemcached,
  'memcached-dump': (rest) => ({ kind: 'memcached-dump', path: needPath(rest) }),
};

function readStandalone(rest: string, isTls: boolean, scan: boolean): Endpoint {
  const { login, hosts, path, query } = readAuthority(rest, 6379);
  const [first, ...others] = hosts;
  if (!first || others.length > 0) throw invalid('it needs exactly one host:port');
  const db = readDb(path);
  const tls = isTls ? tlsFiles(query) : null;
  return { kind: 'standalone', ...first, ...login, db, tls, scan };
}

function readDb(text: string): number {
  if (text === '') return 0;
  if (!/^\d{1,6}$/.test(text)) throw invalid('the database is not a number');
  return Number(text);
}

function readSocket(rest: string, scan: boolean): Endpoint {
  const { path, query } = splitQuery(rest);
  const socket = splitSocket(path);
  const { user, password } = readLogin(socket.login);
  const host = requireSocketPath(decode(socket.path, 'the path'));
  const login = { user, password: password ?? query.get('password') };
  return { kind: 'standalone', host, port: 0, ...login, db: readDb(query.get('db') ?? ''), tls: null, scan };
}

const tlsFiles = (query: URLSearchParams): TlsFiles => ({
  ca: query.get('ca'),
  cert: query.get('cert'),
  key: query.get('key'),
});

function readSentinel(rest: string, scan: boolean): Endpoint {
  const like = 'redis+sentinel://10.0.0.5:26379,10.0.0.6:26379/mymaster';
  const { login, hosts, path, query } = readAuthority(rest, 26379);
  if (path === '') throw invalid('the name of the master is missing after the /', like);
  const sentinelPassword = query.get('sentinelPassword');
  const sentinelUser = query.get('sentinelUser');
  const end = { kind: 'sentinel' as const, ...login, sentinels: hosts, masterName: path, sentinelPassword, scan };
  return sentinelUser ? { ...end, sentinelUser } : end;
}

function readCluster(rest: string, isTls: boolean, scan: boolean): Endpoint {
  const { login, hosts, path, query } = readAuthority(rest, 6379);
  if (path !== '') throw invalid('a cluster has no database after the /', 'redis+cluster://10.0.0.5:6379');
  const map = query.get('addressMap');
  const end = { kind: 'cluster' as const, ...login, nodes: hosts, tls: isTls ? tlsFiles(query) : null, scan };
  return map === null ? end : { ...end, addressMap: readAddressMap(map) };
}

function readCacheCloud(rest: string, scheme: string): Endpoint {
  const { path, query } = splitQuery(rest);
  const app = query.get('app');
  const like = 'cachecloud+http://cachecloud.example:8080?app=10000';
  if (!/^\/\/[^/?#@\s]+(\/[^?#\s]*)?$/.test(path)) throw invalid('host and port of CacheCloud are missing', like);
  if (!app || !/^\d{1,12}$/.test(app)) throw invalid('app= must be the number of the application', like);
  return { kind: 'cachecloud', baseUrl: `${scheme}:${path}`, app, token: query.get('token'), password: null };
}

/** Paths may hold any character; only `?version=` at the very end is more than a path. */
function readRdb(rest: string): Endpoint {
  const [, list = '', version] = /^(.*?)(?:\?version=([^?,/]*))?$/s.exec(rest) ?? [];
  const paths = list.split(',').map(needPath);
  return { kind: 'rdb', paths, ...(version === undefined ? {} : { version: parseRdbReader(version) }) };
}

function readMemcached(rest: string): Endpoint {
  const { login, hosts, path, query } = readAuthority(rest, 11211);
  if (path !== '') throw invalid('memcached has no path', 'memcached://10.0.0.5:11211,10.0.0.6:11211');
  const user = query.get('user') ?? login.user;
  const password = query.get('password') ?? login.password;
  return {
    kind: 'memcached',
    servers: hosts,
    hash: query.get('hash'),
    distribution: query.get('distribution'),
    user,
    password,
  };
}

/** `//[user:password@]host:port[,host:port…][/path][?query]`; the last @ ends the login, so a raw @ in a password is taken too. */
function readAuthority(rest: string, defaultPort: number) {
  if (!rest.startsWith('//')) throw invalid('the // after the kind is missing');
  const { path: whole, query } = splitQuery(rest.slice(2));
  const at = whole.lastIndexOf('@');
  const slash = whole.indexOf('/', at + 1);
  const hostText = slash < 0 ? whole.slice(at + 1) : whole.slice(at + 1, slash);
  const path = slash < 0 ? '' : decode(whole.slice(slash + 1), 'the path');
  return { login: readLogin(at < 0 ? null : whole.slice(0, at)), hosts: readHosts(hostText, defaultPort), path, query };
}

function readLogin(text: string | null): RedisLogin {
  if (text === null) return { user: null, password: null };
  const colon = text.indexOf(':');
  if (colon < 0) return { user: decode(text, 'the user') || null, password: null };
  return {
    user: decode(text.slice(0, colon), 'the user') || null,
    password: decode(text.slice(colon + 1), 'the password'),
  };
}

function splitQuery(text: string): { path: string; query: URLSearchParams } {
  const mark = text.indexOf('?');
  return mark < 0
    ? { path: text, query: new URLSearchParams() }
    : { path: text.slice(0, mark), query: new URLSearchParams(text.slice(mark + 1)) };
}

function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(`${part} has a % that is not followed by two hex digits`);
  }
}

function needPath(path: string): string {
  if (path === '') throw invalid('the path of the file is missing', 'rdb:/data/dump.rdb');
  return path;
}
