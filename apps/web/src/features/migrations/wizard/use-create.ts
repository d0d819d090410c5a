import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { newIdempotencyKey } from '../../../app/http/request.ts';
import { toast } from '../../../ui/toasts.tsx';
import { actOnMigration, createMigration } from '../api.ts';
import { migrationKeys } from '../keys.ts';
import { placeMigration } from '../place-migration.ts';
import { machinesOf, readyOf } from './draft-input.ts';
import { clearDraft, useDraft } from './draft-store.ts';

type Create = { name: string; isStarted: boolean; override?: string };

/** Makes the migration of the draft, starts it if asked, and opens its page. Pressed twice it is still one. */
export function useCreate() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { draft, secrets } = useDraft();
  const key = useRef<{ of: string; value: string }>(undefined);
  return useMutation({
    mutationFn: async ({ name, isStarted, override }: Create) => {
      const ready = readyOf(draft, secrets);
      if (!ready) throw new Error('the draft is not complete');
      const { source, target, mode, options } = ready;
      const preflight = draft.preflightId === null ? {} : { preflightId: draft.preflightId };
      const work = { source, target, mode, options, machineIds: machinesOf(draft) };
      const body = { ...work, ...preflight, name: name.trim() };
      const mark = JSON.stringify(body);
      if (key.current?.of !== mark) key.current = { of: mark, value: newIdempotencyKey() };
      const made = await createMigration(body, key.current.value);
      if (!isStarted) return { migration: made, failure: undefined };
      try {
        const start = { ...preflight, ...(override === undefined ? {} : { override: { reason: override } }) };
        return { migration: await actOnMigration(made.id, 'start', start), failure: undefined };
      } catch (failure) {
        return { migration: made, failure };
      }
    },
    onSuccess: async ({ migration, failure }) => {
      placeMigration(queryClient, migration);
      void queryClient.invalidateQueries({ queryKey: migrationKeys.lists });
      if (failure) toast(t('review.notStarted'), { tone: 'bad' });
      await navigate({ to: '/migrations/$id/overview', params: { id: migration.id } });
      clearDraft();
    },
  });
}
