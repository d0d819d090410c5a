import { act } from '../act.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';

/** Deletes a saved endpoint. Migrations that were made with it keep their address and secrets. */
export async function deleteEndpoint(ctx: Context, id: string): Promise<void> {
  const intent = { needs: 'operator', action: 'endpoint.delete', objectKind: 'endpoint', objectId: id } as const;
  await act(ctx, intent, async ({ tx, describe }) => {
    const endpoint = found(await tx.endpoints.lock(id), 'endpoint');
    describe({ objectName: endpoint.name, detail: { url: endpoint.url } });
    await tx.endpoints.delete(id);
    await tx.notify({ kind: 'removed', of: 'endpoint', id });
  });
}
