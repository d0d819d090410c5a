import type { SavedEndpoint } from '@cacheferry/contract';
import type { EndpointRecord } from '../store/places.ts';

/** A saved endpoint as the API shows one: never with a secret. */
export function endpointView(endpoint: EndpointRecord, uses: ReadonlyMap<string, number>): SavedEndpoint {
  const { id, name, url, kind, hasPassword, createdAt, updatedAt } = endpoint;
  return {
    id,
    name,
    url,
    kind,
    hasPassword,
    usedBy: uses.get(id) ?? 0,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
