import { errorCatalogue } from '@cacheferry/kernel';
import * as z from 'zod/mini';
import { apiRoot } from '../http/add-routes.ts';
import type { Route } from '../http/route.ts';
import { answerSchemas, inputSchema, type JsonSchema } from './schemas.ts';

export type Operation = {
  tags: string[];
  summary: string;
  description: string;
  operationId: string;
  security: Record<string, string[]>[];
  parameters: { name: string; in: string; required: boolean; schema: JsonSchema; description?: string }[];
  requestBody?: { required: boolean; content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: JsonSchema }> }>;
};
export type OpenApi = {
  openapi: string;
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  servers: { url: string }[];
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, JsonSchema> };
};

const description = [
  'Moves Redis, Valkey and memcached data between any topologies, live, and proves that nothing was lost.',
  'Scripts send `Authorization: Bearer TOKEN`. A browser signs in at `POST /api/v1/session`; its writes carry',
  'the header `x-csrf-token` of `GET /api/v1/session`. Every failure is a problem document (RFC 9457) whose `code`',
  'is one of a fixed catalogue. A `POST` with the same `Idempotency-Key` is done once and answered the same again.',
].join('\n');

/** The OpenAPI 3.1 document of the API, made from the table of routes. */
export function openApiDocument(routes: readonly Route[], version: string): OpenApi {
  const paths: OpenApi['paths'] = {};
  for (const route of routes) {
    const path = apiRoot + route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'cacheferry', version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: answerSchemas(routes),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token made at POST /api/v1/tokens' },
        session: { type: 'apiKey', in: 'cookie', name: 'ferry_session', description: 'Set by POST /api/v1/session' },
      },
    },
  };
}

function operationOf(route: Route): Operation {
  const body = bodyOf(route);
  return {
    tags: [route.tag],
    summary: route.summary,
    description: route.needs === 'anyone' ? 'Needs no sign-in.' : `Needs the role ${route.needs}.`,
    operationId: nameOf(route),
    security: route.needs === 'anyone' ? [] : [{ bearer: [] }, { session: [] }],
    parameters: parametersOf(route),
    ...(body ? { requestBody: body } : {}),
    responses: { ...successOf(route), default: problemAnswer },
  };
}

function bodyOf({ body, takesBytes }: Route): Operation['requestBody'] | null {
  const bytes = { type: 'string', format: 'binary' } as const;
  if (takesBytes) return { required: true, content: { 'application/octet-stream': { schema: bytes } } };
  return (
    body && { required: !z.safeParse(body, {}).success, content: { 'application/json': { schema: inputSchema(body) } } }
  );
}

const problemAnswer = {
  description: `A problem document. Its code is one of ${Object.keys(errorCatalogue).length}.`,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** `GET /migrations/:id/config` → `getMigrationsIdConfig`. */
function nameOf({ method, path }: Route): string {
  const words = path.split(/[^A-Za-z]+/).filter(Boolean);
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function successOf({ answer }: Route): Operation['responses'] {
  if ('type' in answer)
    return { '200': { description: 'A stream', content: { [answer.type]: { schema: { type: 'string' } } } } };
  if (answer.status === 204) return { '204': { description: 'Done' } };
  const schema = { $ref: `#/components/schemas/${answer.name}` };
  return { [answer.status]: { description: answer.name, content: { 'application/json': { schema } } } };
}

function parametersOf(route: Route): Operation['parameters'] {
  const from = (schema: Route['query'], place: 'path' | 'query'): Operation['parameters'] => {
    if (!schema) return [];
    const { properties = {}, required = [] } = inputSchema(schema) as {
      properties?: Record<string, JsonSchema>;
      required?: string[];
    };
    return Object.entries(properties).map(([name, inner]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      schema: inner,
    }));
  };
  const isWrite = route.method !== 'GET' && route.needs !== 'anyone';
  return [
    ...from(route.params, 'path'),
    ...from(route.query, 'query'),
    ...(isWrite ? [csrfHeader] : []),
    ...(isWrite && route.method === 'POST' ? [idempotencyHeader] : []),
  ];
}

const csrfHeader = {
  name: 'x-csrf-token',
  in: 'header',
  required: false,
  description: 'Needed where the session is a cookie',
  schema: { type: 'string' },
};
const idempotencyHeader = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same request is done once',
  schema: { type: 'string', maxLength: 200 },
};
