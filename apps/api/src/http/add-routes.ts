import { FerryError } from '@cacheferry/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod/mini';
import type { AppServices } from './app-deps.ts';
import { admit, type Caller, contextOf, findCaller } from './caller.ts';
import { invalidRequest, parseBody, parseParams, parseQuery } from './parse-input.ts';
import type { Call, Route } from './route.ts';

export const apiRoot = '/api/v1';

/** Adds every route of the table. Throws for a route that does not say who may call it. */
export function addRoutes(app: FastifyInstance, deps: AppServices, routes: readonly Route[]): void {
  const callers = new WeakMap<FastifyRequest, Caller>();
  for (const route of routes) {
    if (!route.needs) throw new Error(`${route.method} ${route.path} does not say who may call it`);
    app.route({
      method: route.method,
      url: apiRoot + route.path,
      config: { takesBytes: route.takesBytes },
      // Before the body is read: a stranger's megabyte is not even parsed.
      onRequest: async (request) => {
        const caller = await findCaller(deps, request);
        admit(request, caller, { ...route, allowedHosts: deps.listen.allowedHosts });
        callers.set(request, caller);
      },
      handler: async (request, reply) => {
        const caller = callers.get(request) as Caller;
        return answer(route, reply, await route.handle(callOf(route, deps, caller, { request, reply })));
      },
    });
  }
}

function callOf(
  route: Route,
  deps: AppServices,
  caller: Caller,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Call<unknown, unknown, unknown> {
  const ctx = contextOf(deps, request, caller.actor);
  return {
    ctx: { ...ctx, idempotency: idempotencyOf(deps, request) },
    params: route.params && parseParams(route.params, request.params),
    query: route.query && parseQuery(route.query, request.query as Record<string, unknown>),
    body: route.body && parseBody(route.body, request.body ?? {}),
    deps,
    caller,
    request,
    reply,
  };
}

/** The client's promise that requests under this key are one; what the key stands for is kept as a keyed hash. */
function idempotencyOf(deps: AppServices, request: FastifyRequest): { key: string; requestHash: string } | null {
  const key = request.headers['idempotency-key'];
  if (request.method !== 'POST' || key === undefined) return null;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key))
    throw invalidRequest([{ path: 'Idempotency-Key', message: 'Use 1 to 200 visible ASCII characters' }]);
  return { key, requestHash: deps.hashRequest(JSON.stringify([request.method, request.url, request.body ?? {}])) };
}

/** Sends what a handler gave, through the schema of its answer: what the contract does not name never leaves. */
function answer(route: Route, reply: FastifyReply, value: unknown): FastifyReply | Promise<void> {
  if ('type' in route.answer) return reply;
  reply.header('cache-control', 'no-store');
  if (route.answer.status === 204) return reply.status(204).send();
  const parsed = z.safeParse(route.answer.schema, value);
  if (!parsed.success)
    throw new FerryError(
      'internal.unexpected',
      {},
      new Error(`${route.method} ${route.path}: ${z.prettifyError(parsed.error)}`),
    );
  return reply.status(route.answer.status).type('application/json; charset=utf-8').send(JSON.stringify(parsed.data));
}
