import type { Context } from '@cacheferry/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type * as z from 'zod/mini';
import type { AppServices } from './app-deps.ts';
import type { Caller, Needed } from './caller.ts';

export type Schema = z.core.$ZodType;
export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** What a handler is given: the parsed parts of the request, and its context. */
export type Call<P, Q, B> = {
  ctx: Context;
  params: P;
  query: Q;
  body: B;
  deps: AppServices;
  caller: Caller;
  request: FastifyRequest;
  reply: FastifyReply;
};

type Answer = { status: 200 | 201 | 202; schema: Schema; name: string } | { status: 204 } | { type: string };

/** One call of the API as data: the server, its checks, the document and the tests are made from the same table. */
export type Route = {
  method: Method;
  /** Below /api/v1. */
  path: `/${string}`;
  needs: Needed;
  tag: string;
  summary: string;
  /** Allowed before the first password was changed. */
  isFirst: boolean;
  params: Schema | null;
  query: Schema | null;
  body: Schema | null;
  /** The body is bytes of any kind, as a stream. */
  takesBytes: boolean;
  /** What a success answers: JSON, nothing, or a stream of a type that the handler writes itself. */
  answer: Answer;
  handle: (call: Call<unknown, unknown, unknown>) => Promise<unknown>;
};

type Given<S> = S extends Schema ? z.output<S> : undefined;
type Definition<P extends Schema | null, Q extends Schema | null, B extends Schema | null> = {
  needs: Needed;
  tag: string;
  summary: string;
  isFirst?: boolean;
  params?: P;
  query?: Q;
  body?: B;
  takesBytes?: boolean;
  answer: Answer;
  handle: (call: Call<Given<P>, Given<Q>, Given<B>>) => Promise<unknown>;
};

/** Declares a route: `GET /migrations/:id` and what it takes, needs and answers. */
export function route<P extends Schema | null = null, Q extends Schema | null = null, B extends Schema | null = null>(
  address: `${Method} /${string}`,
  definition: Definition<P, Q, B>,
): Route {
  const [method, path] = address.split(' ') as [Method, `/${string}`];
  const { isFirst = false, params = null, query = null, body = null, takesBytes = false } = definition;
  const { needs, tag, summary, answer } = definition;
  // The parts are parsed by these very schemas before the handler is called.
  const handle = definition.handle as Route['handle'];
  return { method, path, needs, tag, summary, isFirst, params, query, body, takesBytes, answer, handle };
}

/** The answers that most routes have. */
export const json = (schema: Schema, name: string, status: 200 | 201 | 202 = 200): Answer => ({ status, schema, name });
export const nothing: Answer = { status: 204 };
export const stream = (type: string): Answer => ({ type });
