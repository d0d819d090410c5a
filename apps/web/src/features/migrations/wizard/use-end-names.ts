import { withoutUploads } from '@cacheferry/contract';
import { useQuery } from '@tanstack/react-query';
import { endpointQuery } from '../../endpoints/api.ts';
import type { Draft, EndDraft, Side } from './draft.ts';
import { urlOf } from '../../endpoints/address/address-url.ts';

export type EndName = { label: string; url: string; hasPassword: boolean };

/** How the ends of the draft are called: a saved one by its name. */
export function useEndNames(draft: Draft): Record<Side, EndName> {
  return { source: useEndName(draft.source), target: useEndName(draft.target) };
}

function useEndName(end: EndDraft): EndName {
  const savedId = end.how === 'saved' ? end.endpointId : null;
  const { data } = useQuery({ ...endpointQuery(savedId ?? ''), enabled: savedId !== null });
  if (savedId !== null)
    return { label: data?.name ?? '…', url: data?.url ?? '…', hasPassword: data?.hasPassword ?? false };
  const url = urlOf(end) ?? '';
  return { label: withoutUploads(url), url, hasPassword: end.hasPassword };
}
