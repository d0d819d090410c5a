import { FerryError } from '@cacheferry/kernel';
import { Redis } from 'ioredis';

/** Makes sure that a Redis answers at the address. Throws `queue.unreachable`, without the password of the address. */
export async function checkRedis(url: string): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: 5_000,
    commandTimeout: 5_000,
  });
  let last: Error | undefined;
  client.on('error', (error) => (last = error));
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    const cause = last ?? error;
    const server = URL.canParse(url) ? new URL(url).host : 'REDIS_URL';
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const reason = (cause instanceof Error && cause.message) || code || 'no answer';
    throw new FerryError('queue.unreachable', { server, reason }, cause);
  } finally {
    client.disconnect();
  }
}
