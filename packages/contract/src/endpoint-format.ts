import type { Endpoint, RedisLogin, TlsFiles } from './endpoint-url.ts';
import { formatAddressMap } from './address-map.ts';
import { formatHosts } from './host-port.ts';
import { formatSocketPath, isSocketPath } from './socket-url.ts';

/** Secrets taken out of an endpoint URL, to be stored or handed over apart from it. */
export type EndpointSecrets = { password?: string; sentinelPassword?: string; token?: string };

/** The URL of an endpoint without any secret: for display, logs, reports and storage. */
export function formatEndpointUrl(endpoint: Endpoint): string {
  return write(endpoint);
}

/** Takes the secrets out: the bare endpoint, and what was taken. */
export function splitSecrets(endpoint: Endpoint): { endpoint: Endpoint; secrets: EndpointSecrets } {
  const bare = { ...endpoint };
  const secrets: EndpointSecrets = {};
  for (const name of ['password', 'sentinelPassword', 'token'] as const) {
    const holder = bare as Record<string, unknown>;
    const value = holder[name];
    if (typeof value === 'string') secrets[name] = value;
    if (name in holder) holder[name] = null;
  }
  return { endpoint: bare, secrets };
}

/** Puts secrets back; a kind that has no place for one ignores it. */
export function withSecrets(endpoint: Endpoint, secrets: EndpointSecrets): Endpoint {
  const whole = { ...endpoint } as Record<string, unknown>;
  for (const [name, value] of Object.entries(secrets)) if (name in whole && value !== undefined) whole[name] = value;
  return whole as Endpoint;
}

function write(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case 'standalone':
      if (isSocketPath(endpoint.host))
        return `${scheme(endpoint)}+unix://${login(endpoint)}${formatSocketPath(endpoint.host)}${query({ db: endpoint.db ? String(endpoint.db) : null })}`;
      return `${scheme(endpoint)}://${login(endpoint)}${formatHosts([endpoint])}${endpoint.db ? `/${endpoint.db}` : ''}${tlsQuery(endpoint.tls)}`;
    case 'sentinel':
      return `${scheme(endpoint)}+sentinel://${login(endpoint)}${formatHosts(endpoint.sentinels)}/${encodeURIComponent(endpoint.masterName)}${query({ sentinelUser: endpoint.sentinelUser })}`;
    case 'cluster':
      return `${scheme(endpoint)}+cluster://${login(endpoint)}${formatHosts(endpoint.nodes)}${query({ ...endpoint.tls, addressMap: endpoint.addressMap ? formatAddressMap(endpoint.addressMap) : null })}`;
    case 'twemproxy':
      return `twemproxy:${endpoint.path}${query({ pool: endpoint.pool })}`;
    case 'cachecloud':
      return `cachecloud+${endpoint.baseUrl}${query({ app: endpoint.app })}`;
    case 'rdb':
      return `rdb:${endpoint.paths.join(',')}${query({ version: endpoint.version })}`;
    case 'aof':
      return `aof:${endpoint.path}`;
    case 'memcached':
      return `memcached://${formatHosts(endpoint.servers)}${query({ hash: endpoint.hash, distribution: endpoint.distribution, user: endpoint.user })}`;
    case 'memcached-dump':
      return `memcached-dump:${endpoint.path}`;
  }
}

/** `tls` stands in the kinds that can have it. */
const scheme = ({ tls, scan }: { tls?: TlsFiles | null; scan: boolean }): string =>
  `redis${tls ? 's' : ''}${scan ? '-scan' : ''}`;
const login = ({ user }: RedisLogin): string => (user === null ? '' : `${encodeURIComponent(user)}@`);
const tlsQuery = (tls: TlsFiles | null): string => (tls ? query(tls) : '');

function query(values: Record<string, string | null | undefined>): string {
  const set = Object.entries(values).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return set.length === 0 ? '' : `?${new URLSearchParams(set)}`;
}
