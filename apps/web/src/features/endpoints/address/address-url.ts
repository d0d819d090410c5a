import {
  type Endpoint,
  formatEndpointUrl,
  formatHosts,
  isSocketPath,
  parseEndpointUrl,
  readHosts,
  splitSecrets,
} from '@cacheferry/contract';
import { type Address, type AddressSecrets, emptyAddress, linesOf, noSecrets, type SecretName } from './address.ts';
import { addressFaults } from './address-faults.ts';

/** The address as a URL without secrets, or `undefined` while a field of it is missing or wrong. */
export function urlOf(address: Address): string | undefined {
  if (address.kind === 'other') return address.url;
  return addressFaults(address).length > 0 ? undefined : formatEndpointUrl(endpointOf(address, address.kind));
}

/** The fields of an endpoint, of a kind whose fields are complete. */
function endpointOf(address: Address, kind: Exclude<Address['kind'], 'other'>): Endpoint {
  const { scan } = address;
  const login = { user: address.user.trim() || null, password: null };
  const tls = address.isTls ? tlsOf(address) : null;
  const hosts = (port: number) => linesOf(address.hosts).flatMap((line) => readHosts(line, port));
  switch (kind) {
    case 'standalone': {
      const host = address.host.trim().replace(/^\[|\]$/g, '');
      return { kind, ...login, host, port: Number(address.port), db: Number(address.db), tls, scan };
    }
    case 'sentinel':
      return {
        kind,
        ...login,
        sentinels: hosts(26379),
        masterName: address.masterName.trim(),
        sentinelPassword: null,
        scan,
        ...(address.sentinelUser.trim() === '' ? {} : { sentinelUser: address.sentinelUser.trim() }),
      };
    case 'cluster':
      return { kind, ...login, nodes: hosts(6379), tls, scan };
    case 'rdb':
      return { kind, paths: linesOf(address.paths) };
    case 'aof':
      return { kind, path: linesOf(address.paths)[0] ?? '' };
    case 'twemproxy':
      return { kind, path: linesOf(address.paths)[0] ?? '', pool: address.pool.trim() || null, password: null };
    case 'cachecloud':
      return { kind, baseUrl: baseUrlOf(address), app: address.app.trim(), token: null, password: null };
  }
}

const baseUrlOf = ({ baseUrl }: Address): string => baseUrl.trim().replace(/\/+$/, '');

const tlsOf = ({ ca, cert, key }: Address) => ({
  ca: ca.trim() || null,
  cert: cert.trim() || null,
  key: key.trim() || null,
});

/** Fields filled from a URL, and the secrets that stood in it. Throws `endpoint.invalid`. */
export function addressFromUrl(text: string): { address: Address; secrets: AddressSecrets } {
  const { endpoint, secrets } = splitSecrets(parseEndpointUrl(text.trim()));
  return { address: { ...emptyAddress, ...fieldsOf(endpoint) }, secrets: { ...noSecrets, ...secrets } };
}

function fieldsOf(endpoint: Endpoint): Partial<Address> {
  switch (endpoint.kind) {
    case 'standalone': {
      const { kind, host, port, db, scan } = endpoint;
      if (isSocketPath(host)) return { kind: 'other', url: formatEndpointUrl(endpoint) };
      return { kind, host, port, db, scan, user: endpoint.user ?? '', ...tlsFields(endpoint.tls) };
    }
    case 'sentinel': {
      const { kind, masterName, scan, sentinelUser = '' } = endpoint;
      const hosts = lines(endpoint.sentinels);
      return { kind, masterName, scan, sentinelUser, hosts, user: endpoint.user ?? '' };
    }
    case 'cluster': {
      const { kind, scan } = endpoint;
      return { kind, scan, hosts: lines(endpoint.nodes), user: endpoint.user ?? '', ...tlsFields(endpoint.tls) };
    }
    case 'rdb':
      if (endpoint.version !== undefined) return { kind: 'other', url: formatEndpointUrl(endpoint) };
      return { kind: 'rdb', paths: endpoint.paths.join('\n') };
    case 'aof':
      return { kind: 'aof', paths: endpoint.path };
    case 'twemproxy':
      return { kind: 'twemproxy', paths: endpoint.path, pool: endpoint.pool ?? '' };
    case 'cachecloud':
      return { kind: 'cachecloud', baseUrl: endpoint.baseUrl, app: endpoint.app };
    default:
      return { kind: 'other', url: formatEndpointUrl(endpoint) };
  }
}

const lines = (hosts: { host: string; port: number }[]): string => hosts.map((one) => formatHosts([one])).join('\n');

const tlsFields = (tls: { ca: string | null; cert: string | null; key: string | null } | null): Partial<Address> =>
  tls ? { isTls: true, ca: tls.ca ?? '', cert: tls.cert ?? '', key: tls.key ?? '' } : {};

const secretsOf: Record<string, readonly SecretName[]> = {
  standalone: ['password'],
  sentinel: ['password', 'sentinelPassword'],
  cluster: ['password'],
  twemproxy: ['password'],
  cachecloud: ['password', 'token'],
  memcached: ['password'],
};

/** The secrets that an address of this kind may need. */
export function secretNames(address: Address): readonly SecretName[] {
  return secretsOf[address.kind === 'other' ? parseEndpointUrl(address.url).kind : address.kind] ?? [];
}

/** The secrets that were typed and that the kind has a place for. */
export function typedSecrets(address: Address, secrets: AddressSecrets): Partial<AddressSecrets> {
  const typed = secretNames(address).filter((name) => secrets[name] !== '');
  return Object.fromEntries(typed.map((name) => [name, secrets[name]]));
}
