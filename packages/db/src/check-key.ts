import type { Db } from './prisma-client.ts';
import type { Sealer } from './seal.ts';

const name = '@key';
const place = { table: 'settings', column: 'value', id: name };

/**
 * Whether the database answers, and what lies sealed in it can be opened with this installation's key. The first key
 * that is used leaves a mark, which no later one overwrites.
 *
 * Throws `control.secret_unreadable`.
 */
export async function checkKey(db: Db, sealer: Sealer): Promise<void> {
  const known = await db.setting.findUnique({ where: { name } });
  if (known) {
    sealer.open(String(known.value), place);
    return;
  }
  const mark = JSON.stringify(sealer.seal('cacheferry', place));
  await db.$executeRaw`
    insert into settings (name, value, updated_at) values (${name}, ${mark}::jsonb, now()) on conflict do nothing`;
}
