import { IconChecklist } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFallbackPoll } from '../../../app/live/use-fallback-poll.ts';
import { type ListSearchValues, useListSearch } from '../../../app/use-list-search.ts';
import { Chips } from '../../../ui/chips.tsx';
import { Empty } from '../../../ui/empty.tsx';
import { LinkButton } from '../../../ui/link-button.tsx';
import { ListPager } from '../../../ui/list-pager.tsx';
import { Page } from '../../../ui/page.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { checksQuery } from '../api.ts';
import { CheckTable } from '../check-table.tsx';

const filters = ['running', 'consistent', 'inconsistent', 'ended'] as const;
type Filter = (typeof filters)[number];
const states: Record<Filter, string> = {
  running: 'queued,running',
  consistent: 'consistent',
  inconsistent: 'inconsistent',
  ended: 'stopped,failed',
};

/** Full checks of all migrations. */
export function ChecksPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { search, setFilter, page } = useListSearch<ListSearchValues & { show?: Filter | undefined }>();
  const sort = search.sort ?? '-createdAt';
  const params = { sort, cursor: search.cursor, state: search.show && states[search.show] };
  const query = useQuery({ ...checksQuery(params), refetchInterval: useFallbackPoll() });
  const chips = [
    { value: 'all' as const, label: t('migrations.filter.all') },
    ...filters.map((value) => ({ value, label: t(`check.filter.${value}`) })),
  ];
  return (
    <Page title={t('place.checks')} subtitle={t('check.subtitle')}>
      <Chips
        label={t('migrations.filterLabel')}
        chips={chips}
        value={search.show ?? 'all'}
        onChange={(value) => setFilter({ show: value === 'all' ? undefined : value })}
      />
      <QueryView query={query}>
        {(data) => (
          <>
            <Panel label={t('place.checks')} isFlush>
              {data.items.length === 0 ? (
                <NoChecks isFiltered={search.show !== undefined} />
              ) : (
                <CheckTable
                  checks={data.items}
                  hasMigration
                  sorting={{ value: sort, onChange: (next) => setFilter({ sort: next }) }}
                  onOpen={({ id }) => void navigate({ to: '/checks/$id', params: { id } })}
                />
              )}
            </Panel>
            {data.items.length > 0 && <ListPager data={data} page={page} />}
          </>
        )}
      </QueryView>
    </Page>
  );
}

function NoChecks({ isFiltered }: { isFiltered: boolean }) {
  const { t } = useTranslation();
  return (
    <Empty
      icon={IconChecklist}
      title={isFiltered ? t('check.noMatch') : t('check.empty')}
      text={isFiltered ? t('migrations.noMatchText') : t('check.emptyText')}
      actions={
        !isFiltered && (
          <LinkButton to="/migrations" variant="default">
            {t('notFound.action')}
          </LinkButton>
        )
      }
    />
  );
}
