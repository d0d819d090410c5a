import {
  type EndpointRef,
  EndpointTest,
  KeyPreviewAnswer,
  type KeyPreviewInput,
  pageOf,
  SavedEndpoint,
  type SavedEndpointChange,
  type SavedEndpointInput,
} from '@cacheferry/contract';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { queryString, request, sendOnly } from '../../app/http/request.ts';

const EndpointPage = pageOf(SavedEndpoint);
const all = ['endpoints'] as const;

export type EndpointListParams = {
  q?: string | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
  sort?: string | undefined;
};

/** One page of saved endpoints. */
export const endpointsQuery = (params: EndpointListParams) =>
  queryOptions({
    queryKey: [...all, 'list', params],
    queryFn: ({ signal }) => request(EndpointPage, `/endpoints${queryString(params)}`, { signal }),
    placeholderData: keepPreviousData,
  });

/** One saved endpoint, without its secrets. */
export const endpointQuery = (id: string) =>
  queryOptions({
    queryKey: [...all, 'one', id],
    queryFn: ({ signal }) => request(SavedEndpoint, `/endpoints/${id}`, { signal }),
  });

export const createEndpoint = (body: SavedEndpointInput, idempotencyKey: string): Promise<SavedEndpoint> =>
  request(SavedEndpoint, '/endpoints', { method: 'POST', body, idempotencyKey });

export const changeEndpoint = (id: string, body: SavedEndpointChange): Promise<SavedEndpoint> =>
  request(SavedEndpoint, `/endpoints/${id}`, { method: 'PATCH', body });

export const removeEndpoint = (id: string): Promise<void> => sendOnly(`/endpoints/${id}`, { method: 'DELETE' });

/** Asks a machine to connect to a saved or a typed endpoint and to tell what it found. */
export function testEnd({ endpoint, machineId }: { endpoint: EndpointRef; machineId: string }): Promise<EndpointTest> {
  if ('endpointId' in endpoint)
    return request(EndpointTest, `/endpoints/${endpoint.endpointId}/test`, { method: 'POST', body: { machineId } });
  return request(EndpointTest, '/endpoints/test', { method: 'POST', body: { endpoint, machineId } });
}

/** Asks a machine for some keys of a source, and what rules make of them. */
export const previewKeys = (body: KeyPreviewInput, signal: AbortSignal): Promise<KeyPreviewAnswer> =>
  request(KeyPreviewAnswer, '/endpoints/keys', { method: 'POST', body, signal });
