import { FerryError } from '@cacheferry/kernel';
import type { Repositories } from '../store/index.ts';
import type { CheckRecord, MigrationRecord } from '../store/work.ts';

/** The migration or check behind an id: both have events. Throws `request.not_found`. */
export async function findWork(
  store: Pick<Repositories, 'migrations' | 'checks'>,
  id: string,
): Promise<MigrationRecord | CheckRecord> {
  const work = (await store.migrations.find(id)) ?? (await store.checks.find(id));
  if (!work) throw new FerryError('request.not_found', { kind: 'migration' });
  return work;
}
