import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect } from 'react';
import { createPreflight, preflightQuery } from '../api.ts';
import { migrationKeys } from '../keys.ts';
import { markOf, readyOf } from './draft-input.ts';
import { changeDraft, useDraft } from './draft-store.ts';
import { isPreflightFresh } from './preflight-state.ts';

type Question = { ready: Parameters<typeof createPreflight>[0]; mark: string };

/** The preflight that belongs to the draft as it is now; a new one is asked for when there is none. */
export function usePreflight() {
  const queryClient = useQueryClient();
  const { draft, secrets } = useDraft();
  const mark = markOf(draft);
  const id = draft.preflightMark === mark ? draft.preflightId : null;
  const query = useQuery({ ...preflightQuery(id ?? ''), enabled: id !== null });
  const ready = readyOf(draft, secrets);
  const create = useMutation({
    mutationFn: ({ ready: asked }: Question) => createPreflight(asked),
    onSuccess: (made, { mark: askedFor }) => {
      queryClient.setQueryData(migrationKeys.preflight(made.id), made);
      // The draft may have moved on meanwhile: the answer belongs to what was asked.
      changeDraft({ preflightId: made.id, preflightMark: askedFor, acknowledged: [] });
    },
  });
  const { mutate, isPending, isError, reset } = create;
  const ask = useCallback(() => {
    if (ready) mutate({ ready, mark });
  }, [ready, mark, mutate]);
  const needsOne = id === null || (query.data !== undefined && !isPreflightFresh(query.data, Date.now()));
  useEffect(() => reset(), [mark, reset]);
  useEffect(() => {
    // A refusal is not repeated by itself; another draft, or the button, asks again.
    if (needsOne && !isPending && !isError) ask();
  }, [needsOne, isPending, isError, ask]);
  return {
    preflight: id === null ? undefined : query.data,
    error: create.error ?? query.error,
    isAsking: isPending,
    ask,
  };
}
