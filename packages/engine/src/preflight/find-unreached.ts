import { connect } from 'node:net';
import { endpointName } from '@cacheferry/resp';
import type { Finding } from './check.ts';
import type { End } from './end.ts';

type Place = { host: string; port: number };

/** Servers that are not needed now and may be later: replicas of a cluster, and each of the sentinels. */
export async function findUnreached(end: End): Promise<(Finding & { node: string })[]> {
  const { endpoint } = end;
  if (endpoint.kind === 'sentinel') return unreached(endpoint.sentinels, 'sentinel_silent');
  const view = await (await end.directory())?.view();
  const replicas = (view?.members ?? []).filter(({ isPrimary, isFailed }) => !isPrimary && !isFailed);
  return unreached(replicas, 'spare_unreached');
}

async function unreached(places: readonly Place[], outcome: string): Promise<(Finding & { node: string })[]> {
  const answers = await Promise.all(
    places.map(async (place) => ({ name: endpointName(place), isThere: await knock(place) })),
  );
  return answers
    .filter(({ isThere }) => !isThere)
    .map(({ name }) => ({
      outcome,
      observed: 'no answer',
      expected: 'can be reached',
      facts: { endpoint: name },
      node: name,
    }));
}

/** Whether a connection can be made within 3 s. */
function knock({ host, port }: Place): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(3_000, () => end(false));
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
