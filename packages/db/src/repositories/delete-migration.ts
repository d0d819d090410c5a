import type { Db } from '../prisma-client.ts';

/** Deletes a migration with everything that is known of it and of its checks. */
export async function deleteMigration(db: Db, id: string): Promise<void> {
  await db.$executeRaw`
    delete from conflicts where check_id in (select c.id from checks c where c.migration_id = ${id}::uuid)`;
  await db.$executeRaw`
    delete from events where subject_id = ${id}::uuid
       or subject_id in (select c.id from checks c where c.migration_id = ${id}::uuid)`;
  await db.$executeRaw`
    delete from leases where kind = 'run' and id in (select r.id from runs r where r.migration_id = ${id}::uuid)`;
  await db.$executeRaw`delete from metrics_points where migration_id = ${id}::uuid`;
  await db.$executeRaw`delete from runs where migration_id = ${id}::uuid`;
  await db.$executeRaw`delete from migrations where id = ${id}::uuid`;
}
