import { parseDatabaseRule } from '@cacheferry/contract';

/** Which database a source database becomes; `*` stands for those that no rule names. */
export function databaseMap(rules: readonly string[]): (db: number) => number {
  const parsed = rules.map(parseDatabaseRule);
  const named = new Map(parsed.flatMap(({ from, to }) => (from === null ? [] : [[from, to] as const])));
  const other = parsed.find(({ from }) => from === null)?.to;
  return (db) => named.get(db) ?? other ?? db;
}
