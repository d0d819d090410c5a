import type { SavedEndpoint, SavedEndpointInput } from '@cacheferry/contract';
import { act } from '../act.ts';
import type { Context } from '../context.ts';
import { endpointView } from './endpoint-view.ts';
import { splitAddress } from './read-end.ts';

/** Saves an endpoint. Throws `endpoint.invalid`, `request.duplicate_name`. */
export async function createEndpoint(ctx: Context, input: SavedEndpointInput): Promise<SavedEndpoint> {
  const intent = { needs: 'operator', action: 'endpoint.create', objectKind: 'endpoint' } as const;
  return act(ctx, intent, async ({ tx, describe }) => {
    const { name, ...given } = input;
    const { secrets, ...address } = splitAddress(given);
    const now = new Date(ctx.clock.now());
    const endpoint = { id: ctx.newId(), name, ...address, createdAt: now, updatedAt: now };
    describe({ objectId: endpoint.id, objectName: name, detail: { url: endpoint.url } });
    await tx.endpoints.insert(endpoint, secrets);
    return endpointView(endpoint, new Map());
  });
}
