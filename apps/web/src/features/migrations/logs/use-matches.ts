import { LogPage } from '@cacheferry/contract';
import { useEffect, useMemo, useReducer, useState } from 'react';
import { queryString, request } from '../../../app/http/request.ts';
import { MatchList } from './match-list.ts';
import type { LogSearchValues } from './search-values.ts';

const quietMs = 400;

/** The lines that match level and text; new ones are looked for as lines come. No list while nothing is filtered. */
export function useMatches(base: string, { level, q }: LogSearchValues, lastId: number | null) {
  const [version, bump] = useReducer((n: number) => n + 1, 0);
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const list = useMemo(() => {
    if (level === undefined && q === undefined) return null;
    return new MatchList((query) => request(LogPage, `${base}/logs${queryString(query)}`), { level, q }, bump);
  }, [base, level, q]);
  const isReady = lastId !== null;
  useEffect(() => {
    setError(undefined);
    if (!list || !isReady) return;
    setBusy(true);
    list.open(Number.MAX_SAFE_INTEGER - 1).then(
      () => setBusy(false),
      (reason: unknown) => (setBusy(false), setError(reason)),
    );
  }, [list, isReady]);
  useEffect(() => {
    if (!list || lastId === null || isBusy) return;
    const timer = setTimeout(() => list.newer().catch(setError), quietMs);
    return () => clearTimeout(timer);
  }, [list, lastId, isBusy]);
  return { list, version, error, isBusy };
}
