import type { Logger } from '@cacheferry/kernel';
import { PrismaPg } from '@prisma/adapter-pg';
import { type Prisma, PrismaClient } from './generated/prisma/client.ts';

/** The client, or one transaction of it: what every repository works on. */
export type Db = PrismaClient | Prisma.TransactionClient;

/** Opens a pool of connections. One that breaks while idle is logged and replaced; it ends no process. */
export function openPrisma(url: string, options: { log: Logger; connections?: number }): PrismaClient {
  const { log, connections = 10 } = options;
  const lost = (error: Error) => log.warn('A database connection was lost', { reason: error.message });
  const adapter = new PrismaPg(
    { connectionString: url, max: connections, connectionTimeoutMillis: 5000, idleTimeoutMillis: 30_000 },
    { onPoolError: lost, onConnectionError: lost },
  );
  return new PrismaClient({
    adapter,
    errorFormat: 'minimal',
    transactionOptions: { maxWait: 10_000, timeout: 30_000 },
  });
}
