import { canCompare, type CheckOptionsInput, isCheckEnded, type Migration } from '@cacheferry/contract';
import { IconChecklist } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { useFallbackPoll } from '../../../app/live/use-fallback-poll.ts';
import { Empty } from '../../../ui/empty.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { checksQuery, createCheck } from '../../checks/api.ts';
import { CheckTable } from '../../checks/check-table.tsx';
import { checkKeys } from '../../checks/keys.ts';
import { StartForm } from '../../checks/start-form.tsx';
import { shownState } from '../shown-state.ts';
import { useMigration } from '../use-migration.ts';

/** Before the full sync is over there is nothing to compare. */
const tooEarly = new Set<string>(['draft', 'queued', 'starting', 'full_sync']);

/** Full checks of one migration, and the form that starts one. */
export function ChecksTab() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const migration = useMigration();
  const query = useQuery({
    ...checksQuery({ migrationId: migration.id, sort: '-createdAt' }),
    refetchInterval: useFallbackPoll(),
  });
  const isRunning = query.data?.items.some((check) => !isCheckEnded(check.state)) ?? false;
  const start = useMutation({
    mutationFn: ({ options, key }: { options: CheckOptionsInput; key: string }) =>
      createCheck(migration.id, options, key),
    onSuccess: (check) => {
      queryClient.setQueryData(checkKeys.one(check.id), check);
      void queryClient.invalidateQueries({ queryKey: checkKeys.all });
      void navigate({ to: '/checks/$id', params: { id: check.id } });
    },
  });
  const reason = whyNot(migration, isRunning, t);
  return (
    <>
      <Panel title={t('check.new')}>
        <StartForm
          isBusy={start.isPending}
          error={start.error}
          reason={reason}
          onStart={(options, key) => start.mutate({ options, key })}
        />
      </Panel>
      <Panel title={t('place.checks')} isFlush>
        <QueryView query={query}>
          {(data) =>
            data.items.length === 0 ? (
              <Empty icon={IconChecklist} title={t('check.empty')} text={t('check.emptyHere')} />
            ) : (
              <CheckTable
                checks={data.items}
                onOpen={({ id }) => void navigate({ to: '/checks/$id', params: { id } })}
              />
            )
          }
        </QueryView>
      </Panel>
    </>
  );
}

/** Why no check can be started now. */
function whyNot(migration: Migration, isRunning: boolean, t: TFunction): string | undefined {
  if (!canCompare(migration)) return t('check.needsServers');
  if (isRunning) return t('check.oneAtATime');
  if (tooEarly.has(migration.state)) return t('check.notYet', { state: t(`state.${shownState(migration)}`) });
  return undefined;
}
