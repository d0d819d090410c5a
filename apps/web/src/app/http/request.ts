import { createIds, systemClock } from '@cacheferry/kernel';
import * as z from 'zod/mini';
import { clientProblem, ProblemError, readProblem } from './problem-error.ts';

export const apiRoot = '/api/v1';

/** Makes the key that lets the server recognise one press of a button, however often it is sent. */
export const newIdempotencyKey = createIds(systemClock);

let csrfToken: string | undefined;
/** Remembers the token of the session; it lives in memory only. */
export function setCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

export type RequestOptions = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON, a Blob as its bytes. */
  body?: unknown;
  signal?: AbortSignal;
  /** Given where the same action may be sent twice, as when a dialog is confirmed again after a time-out. */
  idempotencyKey?: string;
};

/** Sends a request and parses its answer by the shared schema. Throws `ProblemError`. */
export async function request<S extends z.core.$ZodType>(
  schema: S,
  path: string,
  options: RequestOptions = {},
): Promise<z.output<S>> {
  const response = await send(path, options);
  if (!response.ok) throw new ProblemError(await readProblem(response));
  const body: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined);
  const parsed = z.safeParse(schema, body);
  if (parsed.success) return parsed.data;
  throw new ProblemError(clientProblem('client.bad_answer', `${path}: ${z.prettifyError(parsed.error)}`));
}

/** Sends a request whose answer is not needed. Throws `ProblemError`. */
export async function sendOnly(path: string, options: RequestOptions = {}): Promise<void> {
  const response = await send(path, options);
  if (!response.ok) throw new ProblemError(await readProblem(response));
  await response.body?.cancel();
}

async function send(path: string, { method = 'GET', body, signal, idempotencyKey }: RequestOptions) {
  const headers: Record<string, string> = { accept: 'application/json' };
  const isBytes = body instanceof Blob;
  if (body !== undefined) headers['content-type'] = isBytes ? 'application/octet-stream' : 'application/json';
  if (method !== 'GET' && csrfToken) headers['x-csrf-token'] = csrfToken;
  if (method === 'POST') headers['idempotency-key'] = idempotencyKey ?? newIdempotencyKey();
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (body !== undefined) init.body = isBytes ? body : JSON.stringify(body);
  if (signal) init.signal = signal;
  try {
    return await fetch(apiRoot + path, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ProblemError(clientProblem('client.unreachable', String(error)), error);
  }
}

/** A query string of the values that are set. */
export function queryString(values: Record<string, string | number | undefined | null>): string {
  const set = Object.entries(values).filter((pair) => pair[1] !== undefined && pair[1] !== null && pair[1] !== '');
  if (set.length === 0) return '';
  return `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`;
}
