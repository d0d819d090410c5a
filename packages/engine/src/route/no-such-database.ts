import { FerryError } from '@cacheferry/kernel';

/** A cluster has one database: which one the command is about. */
export function noSuchDatabase(endpoint: string, argv: readonly Buffer[]): FerryError {
  const numbers = argv.slice(1).map((word) => Number(String(word)));
  return new FerryError('endpoint.no_such_database', { endpoint, db: Math.max(...numbers.filter(Number.isInteger)) });
}
