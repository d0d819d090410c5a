import { Prisma } from './generated/prisma/client.ts';

/** A value for a JSON column; null is the database's own. */
export function toJson(value: unknown): Prisma.InputJsonValue | typeof Prisma.DbNull {
  return value === null || value === undefined ? Prisma.DbNull : (value as Prisma.InputJsonValue);
}

/** A value for a JSON column that is never empty. */
export function toFullJson(value: unknown): Prisma.InputJsonValue {
  return value as Prisma.InputJsonValue;
}

/** What a JSON column holds, as what was stored there. */
export function fromJson<T>(value: unknown): T {
  return value as T;
}

/** The names of a change whose columns hold JSON, ready to be written; everything else as it is. */
export function withJson(change: object, columns: readonly string[]): Record<string, unknown> {
  const ready = Object.entries(change).map(([name, value]) => [name, columns.includes(name) ? toJson(value) : value]);
  return Object.fromEntries(ready);
}
