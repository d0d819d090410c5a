import type { Endpoint } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';

const timeoutMs = 10_000;
const mostBytes = 1_048_576;

/**
 * What CacheCloud tells clients of an application of that type. Redirects are not followed: the token is for this server.
 *
 * Throws `cachecloud.unreachable`.
 */
export async function askCacheCloud(
  { baseUrl, app, token }: Endpoint & { kind: 'cachecloud' },
  type: 'standalone' | 'sentinel' | 'cluster',
  signal?: AbortSignal,
): Promise<Record<string, unknown>> {
  const url = `${baseUrl.replace(/\/+$/, '')}/cache/client/redis/${type}/${app}.json`;
  const unreachable = (reason: string, cause?: unknown) =>
    new FerryError('cachecloud.unreachable', { url: baseUrl, reason }, cause);
  let answer: unknown;
  try {
    const ends = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
    const headers = { accept: 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
    const response = await fetch(url, { headers, redirect: 'manual', signal: ends });
    if (!response.ok) throw unreachable(`it answers with status ${response.status}`);
    answer = JSON.parse(await textOf(response, unreachable));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof FerryError) throw error;
    if (error instanceof SyntaxError) throw unreachable('its answer is no JSON', error);
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw unreachable(cause instanceof Error ? cause.message : String(cause), error);
  }
  if (typeof answer !== 'object' || answer === null) throw unreachable('its answer is no object');
  return answer as Record<string, unknown>;
}

async function textOf(response: Response, unreachable: (reason: string) => FerryError): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > mostBytes) throw unreachable('its answer is larger than 1 MiB');
    parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts).toString('utf8');
}
