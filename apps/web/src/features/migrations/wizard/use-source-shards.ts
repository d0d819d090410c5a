import { parseEndpointUrl } from '@cacheferry/contract';
import { useQuery } from '@tanstack/react-query';
import { preflightQuery } from '../api.ts';
import { useDraft } from './draft-store.ts';
import { useEndNames } from './use-end-names.ts';

/** How many shards of the source can be shared by machines, as far as is known now; null while that is open. */
export function useSourceShards(): number | null {
  const { draft } = useDraft();
  const { source, target } = useEndNames(draft);
  const id = draft.preflightId;
  const { data: preflight } = useQuery({ ...preflightQuery(id ?? ''), enabled: id !== null });
  if (!canBeShared(source.url, target.url)) return 1;
  const found = preflight?.report?.source?.nodes.length ?? 0;
  return found > 0 ? found : null;
}

const manyServers: ReadonlySet<string> = new Set(['cluster', 'twemproxy', 'cachecloud']);

function canBeShared(sourceUrl: string, targetUrl: string): boolean {
  try {
    const source = parseEndpointUrl(sourceUrl);
    return manyServers.has(source.kind) && parseEndpointUrl(targetUrl).kind !== 'rdb';
  } catch {
    // Not typed to its end.
    return true;
  }
}
