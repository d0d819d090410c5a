/** Which database a source database becomes; `*` stands for those that no rule names. */
export function databaseMap(rules: readonly string[]): (db: number) => number {
  const pairs = rules.map((rule) => rule.split(':') as [string, string]);
  const named = new Map(pairs.filter(([from]) => from !== '*').map(([from, to]) => [Number(from), Number(to)]));
  const other = pairs.find(([from]) => from === '*')?.[1];
  return (db) => named.get(db) ?? (other === undefined ? db : Number(other));
}
