import { parseEndpointUrl } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { act } from '../act.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';

/** Where a file that a migration has written lies. */
export type TargetFile = { machineId: string; path: string; name: string };

/**
 * Names one of the RDB files that a completed migration has written, for who is going to download it; that is written to
 * the audit. Throws `migration.no_file`.
 */
export async function openTargetFile(ctx: Context, id: string, index: number): Promise<TargetFile> {
  const intent = { needs: 'operator', action: 'migration.download', objectKind: 'migration', objectId: id } as const;
  return act(ctx, intent, async ({ tx, describe }) => {
    const { name, state, target, machineIds } = found(await tx.migrations.find(id), 'migration');
    const endpoint = parseEndpointUrl(target.url);
    const path = endpoint.kind === 'rdb' ? endpoint.paths[index] : undefined;
    const [machineId] = machineIds;
    describe({ objectName: name, detail: { path: path ?? null } });
    if (path === undefined || machineId === undefined || state !== 'completed')
      throw new FerryError('migration.no_file', { state });
    return { machineId, path, name: path.slice(path.lastIndexOf('/') + 1) };
  });
}
