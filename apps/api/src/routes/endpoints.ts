import {
  EndpointProbeInput,
  type EndpointRef,
  EndpointTest,
  EndpointTestInput,
  KeyPreviewAnswer,
  KeyPreviewInput,
  ListQuery,
  pageOf,
  SavedEndpoint,
  SavedEndpointChange,
  SavedEndpointInput,
} from '@cacheferry/contract';
import { createEndpoint, deleteEndpoint, getEndpoint, listEndpoints, updateEndpoint } from '@cacheferry/domain';
import { patiently } from '../http/patiently.ts';
import { type Call, json, nothing, type Route, route } from '../http/route.ts';
import { ById } from './shapes.ts';

const tag = 'Endpoints';
const testPatienceMs = 60_000;

/** Saved addresses of sources and targets. */
export const endpointRoutes: readonly Route[] = [
  route('GET /endpoints', {
    needs: 'viewer',
    tag,
    summary: 'List saved endpoints, without their secrets',
    query: ListQuery,
    answer: json(pageOf(SavedEndpoint), 'SavedEndpointPage'),
    handle: ({ ctx, query }) => listEndpoints(ctx, query),
  }),
  route('POST /endpoints', {
    needs: 'operator',
    tag,
    summary: 'Save an endpoint',
    body: SavedEndpointInput,
    answer: json(SavedEndpoint, 'SavedEndpoint', 201),
    handle: ({ ctx, body }) => createEndpoint(ctx, body),
  }),
  route('GET /endpoints/:id', {
    needs: 'viewer',
    tag,
    summary: 'One saved endpoint',
    params: ById,
    answer: json(SavedEndpoint, 'SavedEndpoint'),
    handle: ({ ctx, params }) => getEndpoint(ctx, params.id),
  }),
  route('PATCH /endpoints/:id', {
    needs: 'operator',
    tag,
    summary: 'Change a saved endpoint; a secret that is not given stays',
    params: ById,
    body: SavedEndpointChange,
    answer: json(SavedEndpoint, 'SavedEndpoint'),
    handle: ({ ctx, params, body }) => updateEndpoint(ctx, params.id, body),
  }),
  route('DELETE /endpoints/:id', {
    needs: 'operator',
    tag,
    summary: 'Remove a saved endpoint that no migration uses',
    params: ById,
    answer: nothing,
    handle: ({ ctx, params }) => deleteEndpoint(ctx, params.id),
  }),
  route('POST /endpoints/:id/test', {
    needs: 'operator',
    tag,
    summary: 'Let a machine connect to an endpoint and tell what it found',
    params: ById,
    body: EndpointTestInput,
    answer: json(EndpointTest, 'EndpointTest'),
    handle: (call) => testWithin(call, { endpointId: call.params.id }, call.body.machineId),
  }),
  route('POST /endpoints/test', {
    needs: 'operator',
    tag,
    summary: 'The same for an address that is not saved',
    body: EndpointProbeInput,
    answer: json(EndpointTest, 'EndpointTest'),
    handle: (call) => testWithin(call, call.body.endpoint, call.body.machineId),
  }),
  route('POST /endpoints/keys', {
    needs: 'operator',
    tag,
    summary: 'Which of some keys of a source the rules take, leave out and rename',
    body: KeyPreviewInput,
    answer: json(KeyPreviewAnswer, 'KeyPreviewAnswer'),
    handle: (call) => patiently(call, testPatienceMs, (signal) => call.deps.previewKeys(call.ctx, call.body, signal)),
  }),
];

type TestCall = Pick<Call<unknown, unknown, unknown>, 'ctx' | 'deps' | 'request'>;

const testWithin = (call: TestCall, endpoint: EndpointRef, machineId: string): Promise<EndpointTest> =>
  patiently(call, testPatienceMs, (signal) => call.deps.testEndpoint(call.ctx, endpoint, machineId, signal));
