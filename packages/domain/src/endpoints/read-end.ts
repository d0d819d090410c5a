import {
  type Endpoint,
  type EndpointRef,
  type EndpointSecrets,
  familyOf,
  formatEndpointUrl,
  parseEndpointUrl,
  splitSecrets,
  uploadsOf,
  withSecrets,
} from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { found } from '../found.ts';
import type { Repositories } from '../store/index.ts';
import type { EndRecord } from '../store/places.ts';
import { requireUploads } from '../uploads/require-uploads.ts';

/** An address split into what may be shown and what is sealed. */
export type SplitAddress = { url: string; kind: string; hasPassword: boolean; secrets: EndpointSecrets };

/** Splits a URL with secrets in it or beside it; those beside it win. Throws `endpoint.invalid`. */
export function splitAddress(given: { url: string } & EndpointSecretsInput): SplitAddress {
  const { url, ...beside } = given;
  const { endpoint, secrets } = splitSecrets(withSecrets(parseEndpointUrl(url), present(beside)));
  const known = present(secrets);
  return {
    url: formatEndpointUrl(endpoint),
    kind: endpoint.kind,
    hasPassword: Object.keys(known).length > 0,
    secrets: known,
  };
}
export type EndpointSecretsInput = { [name in keyof EndpointSecrets]?: string | undefined };

/**
 * One end of a migration, from a URL or a saved endpoint, as it is stored.
 *
 * Throws `endpoint.invalid`, `upload.incomplete`.
 */
export async function readEnd(
  tx: Pick<Repositories, 'endpoints' | 'uploads'>,
  ref: EndpointRef,
): Promise<{ end: EndRecord; secrets: EndpointSecrets }> {
  if ('endpointId' in ref) {
    const { id, name, url, kind, hasPassword } = found(await tx.endpoints.find(ref.endpointId), 'endpoint');
    await requireUploads(tx, url);
    return { end: { url, kind, endpointId: id, name, hasPassword }, secrets: await tx.endpoints.secrets(id) };
  }
  const { secrets, ...address } = splitAddress(ref);
  await requireUploads(tx, address.url);
  return { end: { ...address, endpointId: null, name: null }, secrets };
}

/** Throws `endpoint.unsupported` or `endpoint.family_mismatch` where this source cannot feed this target. */
export function checkPair(sourceUrl: string, targetUrl: string): void {
  const source = parseEndpointUrl(sourceUrl);
  const target = parseEndpointUrl(targetUrl);
  if (target.kind !== 'twemproxy' && uploadsOf(target).length > 0)
    throw new FerryError('endpoint.unsupported', { kind: 'upload', role: 'target' });
  if (target.kind === 'aof' || readsByScan(target))
    throw new FerryError('endpoint.unsupported', {
      kind: target.kind === 'aof' ? 'aof' : 'redis-scan',
      role: 'target',
    });
  const [from, to] = [familyOf(source), familyOf(target)];
  if (from !== to && from !== 'memcached')
    throw new FerryError('endpoint.family_mismatch', { source: from, target: to });
}

const readsByScan = (endpoint: Endpoint): boolean => 'scan' in endpoint && endpoint.scan;

function present(secrets: EndpointSecretsInput): EndpointSecrets {
  return Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== undefined && value !== ''));
}
