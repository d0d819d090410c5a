import { IconPlus, IconServer2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFallbackPoll } from '../../../app/live/use-fallback-poll.ts';
import { useListSearch } from '../../../app/use-list-search.ts';
import { Empty } from '../../../ui/empty.tsx';
import { GuardedButton } from '../../../ui/guarded-button.tsx';
import { ListPager } from '../../../ui/list-pager.tsx';
import { Page } from '../../../ui/page.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { SearchField } from '../../../ui/search-field.tsx';
import { useRoleReason } from '../../session/use-me.ts';
import { machinesQuery } from '../api.ts';
import { MachineTable } from './machine-table.tsx';

/** The hosts that can run migrations. */
export function MachinesPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { search, setFilter, setQ, page } = useListSearch();
  const sort = search.sort ?? 'name';
  const query = useQuery({
    ...machinesQuery({ q: search.q, sort, cursor: search.cursor }),
    refetchInterval: useFallbackPoll(),
  });
  const reason = useRoleReason('admin');
  const add = (
    <GuardedButton
      reason={reason}
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => void navigate({ to: '/machines/new' })}
    >
      {t('machine.add')}
    </GuardedButton>
  );
  return (
    <Page title={t('place.machines')} subtitle={t('machine.subtitle')} actions={add}>
      <SearchField label={t('machine.search')} value={search.q ?? ''} onChange={setQ} />
      <QueryView query={query}>
        {(data) => (
          <>
            <Panel label={t('place.machines')} isFlush>
              {data.items.length === 0 ? (
                <Empty icon={IconServer2} title={t('machine.noMatch')} text={t('migrations.noMatchText')} />
              ) : (
                <MachineTable
                  machines={data.items}
                  sorting={{ value: sort, onChange: (next) => setFilter({ sort: next }) }}
                  onOpen={({ id }) => void navigate({ to: '/machines/$id', params: { id } })}
                />
              )}
            </Panel>
            <ListPager data={data} page={page} />
          </>
        )}
      </QueryView>
    </Page>
  );
}
