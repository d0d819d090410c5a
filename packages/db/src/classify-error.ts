import { FerryError } from '@cacheferry/kernel';

/** Codes of Prisma, PostgreSQL and the network that say: the database is not there, or not ready, for now. */
const unavailable =
  /^(P1001|P1002|P1008|P1011|P1017|P2024|P2028|57P0[123]|08\w{3}|53\w{3}|25006|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|DatabaseNotReachable|ConnectionClosed|SocketTimeout|TlsConnectionError|TooManyConnections)$/;
const unavailableText =
  /Connection terminated|timeout exceeded when trying to connect|the database system is|and is not queryable/;
const brokenOff = /^(P2034|40001|40P01|TransactionWriteConflict)$/;

/** Whether the database broke a transaction off to end a deadlock, so that it may be tried again as it is. */
export function isBrokenOff(error: unknown): boolean {
  return marks(error).some((mark) => brokenOff.test(mark));
}

/** Whether a unique index refused a row. */
export function isDuplicate(error: unknown): boolean {
  return marks(error).some((mark) => mark === 'P2002' || mark === '23505' || mark === 'UniqueConstraintViolation');
}

/** What the database threw, as our own error: `control.db_unavailable`, or unexpected with its cause. */
export function classifyError(error: unknown): unknown {
  if (error instanceof FerryError) return error;
  const all = marks(error);
  if (all.some((mark) => unavailable.test(mark) || unavailableText.test(mark)))
    return new FerryError('control.db_unavailable', {}, error);
  return error;
}

/** Codes, kinds and messages of an error and of what lies behind it. */
function marks(error: unknown, depth = 0): string[] {
  if (typeof error !== 'object' || error === null || depth > 6) return [];
  const { code, kind, originalCode, message, cause, meta } = error as Record<string, unknown>;
  const own = [code, kind, originalCode, message].filter((mark) => typeof mark === 'string');
  const behind =
    typeof meta === 'object' && meta !== null ? (meta as Record<string, unknown>).driverAdapterError : null;
  return [...own, ...marks(cause, depth + 1), ...marks(behind, depth + 1)];
}

/** A repository whose methods throw our own errors. */
export function guarded<T extends object>(repository: T): T {
  const wrapped = Object.entries(repository).map(([name, method]) => [
    name,
    async (...given: unknown[]) => {
      try {
        return await (method as (...given: unknown[]) => unknown)(...given);
      } catch (error) {
        throw classifyError(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}
