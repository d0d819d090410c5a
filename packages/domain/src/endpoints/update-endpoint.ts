import { type Endpoint, parseEndpointUrl, type SavedEndpoint, type SavedEndpointChange } from '@cacheferry/contract';
import { act } from '../act.ts';
import { changes } from '../audit/write-audit.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { endpointView } from './endpoint-view.ts';
import { splitAddress } from './read-end.ts';

/**
 * Changes name, address or secrets of a saved endpoint. Secrets that are not given again stay, unless the address now
 * names other servers: a password is never sent to a server that it was not given for. Migrations keep the address
 * that they were made with.
 *
 * Throws `endpoint.invalid`, `request.duplicate_name`.
 */
export async function updateEndpoint(ctx: Context, id: string, change: SavedEndpointChange): Promise<SavedEndpoint> {
  const intent = { needs: 'operator', action: 'endpoint.update', objectKind: 'endpoint', objectId: id } as const;
  return act(ctx, intent, async ({ tx, describe }) => {
    const before = found(await tx.endpoints.lock(id), 'endpoint');
    const { name = before.name, url = before.url, ...beside } = change;
    const given = splitAddress({ url, ...beside });
    const isSame = serversOf(parseEndpointUrl(given.url)) === serversOf(parseEndpointUrl(before.url));
    const secrets = isSame ? { ...(await tx.endpoints.secrets(id)), ...given.secrets } : given.secrets;
    const cleared = Object.entries(beside).filter(([, value]) => value === '');
    for (const [secret] of cleared) delete secrets[secret as keyof typeof secrets];
    const hasPassword = Object.keys(secrets).length > 0;
    const after = { name, url: given.url, kind: given.kind, hasPassword };
    describe({
      objectName: before.name,
      detail: { ...changes(before, after), newSecrets: Object.keys(given.secrets) },
    });
    const saved = await tx.endpoints.update(id, { ...after, updatedAt: new Date(ctx.clock.now()) }, secrets);
    return endpointView(saved, await tx.endpoints.countUses([id]));
  });
}

/** What a password is given for: the kind and the addresses, whatever database or options stand beside them. */
function serversOf(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case 'standalone':
      return JSON.stringify([endpoint.kind, endpoint.host, endpoint.port, endpoint.tls !== null]);
    case 'sentinel':
      return JSON.stringify([endpoint.kind, endpoint.sentinels, endpoint.masterName]);
    case 'cluster':
      return JSON.stringify([endpoint.kind, endpoint.nodes, endpoint.tls !== null]);
    case 'cachecloud':
      return JSON.stringify([endpoint.kind, endpoint.baseUrl]);
    case 'memcached':
      return JSON.stringify([endpoint.kind, endpoint.servers]);
    default:
      return endpoint.kind;
  }
}
