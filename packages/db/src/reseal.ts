import type { Db } from './prisma-client.ts';
import type { Place, Sealer } from './seal.ts';

/** Every column that holds sealed texts, but for answers, which live for a day only. */
const columns = [
  { table: 'machines', column: 'sealed_auth' },
  { table: 'endpoints', column: 'sealed_secrets' },
  { table: 'preflights', column: 'sealed_source_secrets' },
  { table: 'preflights', column: 'sealed_target_secrets' },
  { table: 'migrations', column: 'sealed_source_secrets' },
  { table: 'migrations', column: 'sealed_target_secrets' },
] as const;

const batch = 200;
type Row = { id: string; sealed: string };

/**
 * Seals everything anew that was sealed with an older key, and answers how much that was. After it the older key is
 * needed no more. May run while the product works: a text that changes meanwhile is left to its writer.
 *
 * Throws `control.secret_unreadable` where a text opens with none of the keys.
 */
export async function reseal(db: Db, sealer: Sealer): Promise<number> {
  let count = 0;
  for (const place of columns) count += await resealColumn(db, sealer, place);
  await resealMark(db, sealer);
  return count;
}

async function resealColumn(db: Db, sealer: Sealer, { table, column }: Omit<Place, 'id'>): Promise<number> {
  let count = 0;
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const sql = `select id::text, ${column} as sealed from ${table}
      where id > $1::uuid and ${column} is not null order by id limit ${batch}`;
    const rows = await db.$queryRawUnsafe<Row[]>(sql, after);
    for (const { id, sealed } of rows.filter((row) => !sealer.isCurrent(row.sealed))) {
      const place = { table, column, id };
      const anew = sealer.seal(sealer.open(sealed, place), place);
      const update = `update ${table} set ${column} = $1 where id = $2::uuid and ${column} = $3`;
      count += await db.$executeRawUnsafe(update, anew, id, sealed);
    }
    const last = rows.at(-1);
    if (!last || rows.length < batch) return count;
    after = last.id;
  }
}

/** The mark by which another key is noticed. */
async function resealMark(db: Db, sealer: Sealer): Promise<void> {
  const place = { table: 'settings', column: 'value', id: '@key' };
  const mark = await db.setting.findUnique({ where: { name: place.id } });
  if (!mark || sealer.isCurrent(String(mark.value))) return;
  const value = sealer.seal(sealer.open(String(mark.value), place), place);
  await db.setting.update({ where: { name: place.id }, data: { value } });
}
