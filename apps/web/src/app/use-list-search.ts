import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

export type ListSearchValues = {
  q?: string | undefined;
  sort?: string | undefined;
  cursor?: string | undefined;
  skip?: number | undefined;
};

/** Where the pages of this visit began, so that "previous" knows the way back: cursor → the page before it. */
const before = new Map<string, { cursor: string | undefined; skip: number }>();

/** Filter, sort and page of a list, kept in the address. A new filter or sort starts on the first page. */
export function useListSearch<S extends ListSearchValues>() {
  const found: object = useSearch({ strict: false });
  const search = found as S;
  const navigate = useNavigate();
  const go = useCallback(
    (patch: Partial<S>, replace: boolean) =>
      void navigate({
        to: '.',
        search: (previous: object) => ({ ...previous, ...patch }) as never,
        replace,
        resetScroll: false,
      }),
    [navigate],
  );
  const setFilter = useCallback(
    (patch: Partial<S>) => go({ cursor: undefined, skip: undefined, ...patch } as Partial<S>, true),
    [go],
  );
  const setQ = useCallback((q: string) => setFilter({ q: q.trim() === '' ? undefined : q } as Partial<S>), [setFilter]);
  const skip = search.skip ?? 0;
  const page = {
    skipped: search.cursor ? skip : 0,
    onFirst: () => go({ cursor: undefined, skip: undefined } as Partial<S>, false),
    onPrevious: () => {
      const previous = search.cursor === undefined ? undefined : before.get(search.cursor);
      go({ cursor: previous?.cursor, skip: previous?.cursor ? previous.skip : undefined } as Partial<S>, false);
    },
    next: (cursor: string | null, shown: number) => {
      if (cursor === null) return;
      before.set(cursor, { cursor: search.cursor, skip });
      go({ cursor, skip: skip + shown } as Partial<S>, false);
    },
  };
  return { search, setFilter, setQ, page };
}
