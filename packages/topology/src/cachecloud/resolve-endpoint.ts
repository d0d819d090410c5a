import type { Endpoint } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { askCacheCloud } from './ask-cachecloud.ts';

type Application = Endpoint & { kind: 'cachecloud' };
type Place = { host: string; port: number };

const types = ['standalone', 'sentinel', 'cluster'] as const;
/** CacheCloud's word for "no", as number or text. */
const errorStatus = '-1';

/**
 * What stands behind an endpoint: an application of CacheCloud is asked for there, any other is itself.
 *
 * Throws `cachecloud.*`.
 */
export async function resolveEndpoint(endpoint: Endpoint, signal?: AbortSignal): Promise<Endpoint> {
  if (endpoint.kind !== 'cachecloud') return endpoint;
  // Which type an application has is told by none of its pages: the two of other types say no.
  const answers = await Promise.all(types.map((type) => askCacheCloud(endpoint, type, signal)));
  const at = answers.findIndex(({ status }) => status !== undefined && String(status) !== errorStatus);
  const [type, answer] = [types[at], answers[at]];
  if (!type || !answer) {
    const reason = String(
      answers.map(({ message }) => message).find((message) => message !== undefined) ?? 'no reason',
    );
    throw new FerryError('cachecloud.refused', { app: endpoint.app, reason: reason.slice(0, 300) });
  }
  return read[type](endpoint, answer);
}

const read: Record<(typeof types)[number], (endpoint: Application, answer: Record<string, unknown>) => Endpoint> = {
  standalone: (endpoint, { standalone }) => {
    const [place] = placesOf(endpoint, standalone);
    return { kind: 'standalone', ...(place as Place), ...loginOf(endpoint), db: 0, tls: null, scan: false };
  },
  sentinel: (endpoint, { sentinels, masterName }) => {
    if (typeof masterName !== 'string' || masterName === '') throw invalid(endpoint, 'the name of the master');
    const places = placesOf(endpoint, sentinels);
    const own = { sentinels: places, masterName, sentinelPassword: null };
    return { kind: 'sentinel', ...own, ...loginOf(endpoint), scan: false };
  },
  cluster: (endpoint, { shardInfo }) => ({
    kind: 'cluster',
    nodes: placesOf(endpoint, shardInfo),
    ...loginOf(endpoint),
    tls: null,
    scan: false,
  }),
};

const loginOf = ({ password }: Application) => ({ user: null, password });

/** `ip:port`, several apart by spaces, primaries from their replicas by commas. */
function placesOf(endpoint: Application, text: unknown): Place[] {
  const words = typeof text === 'string' ? text.split(/[\s,]+/).filter((word) => word !== '') : [];
  const places = words.map((word) => {
    const [, host = '', port = ''] = /^([^:/@?#]+):(\d{1,5})$/.exec(word) ?? [];
    if (host === '' || Number(port) < 1 || Number(port) > 65_535)
      throw invalid(endpoint, 'an address that can be read');
    return { host, port: Number(port) };
  });
  if (places.length === 0) throw invalid(endpoint, 'the address of an instance');
  return places;
}

const invalid = ({ app }: Application, missing: string): FerryError =>
  new FerryError('cachecloud.refused', { app, reason: `its answer lacks ${missing}` });
