import { IconArrowsExchange, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFallbackPoll } from '../../../app/live/use-fallback-poll.ts';
import { type StateFilter, stateFilters } from '../../../app/search-schema.ts';
import { type ListSearchValues, useListSearch } from '../../../app/use-list-search.ts';
import { Chips } from '../../../ui/chips.tsx';
import { Empty } from '../../../ui/empty.tsx';
import { LinkButton } from '../../../ui/link-button.tsx';
import { ListPager } from '../../../ui/list-pager.tsx';
import { Page } from '../../../ui/page.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { SearchField } from '../../../ui/search-field.tsx';
import { migrationsQuery } from '../api.ts';
import { MigrationTable } from './migration-table.tsx';
import { statesOf } from './states-of.ts';

type Search = ListSearchValues & { show?: StateFilter | undefined };

/** All migrations: what runs, what needs somebody, what is done. */
export function MigrationsPage() {
  const { t } = useTranslation();
  const { search, setFilter, setQ, page } = useListSearch<Search>();
  const navigate = useNavigate();
  const params = {
    q: search.q,
    sort: search.sort ?? '-createdAt',
    cursor: search.cursor,
    state: statesOf(search.show),
  };
  const query = useQuery({ ...migrationsQuery(params), refetchInterval: useFallbackPoll() });
  const isFiltered = search.q !== undefined || search.show !== undefined;
  const chips = [
    { value: 'all' as const, label: t('migrations.filter.all') },
    ...stateFilters.map((value) => ({ value, label: t(`migrations.filter.${value}`) })),
  ];
  return (
    <Page title={t('place.migrations')} subtitle={t('migrations.subtitle')} actions={<NewButton />}>
      <div className="spread">
        <Chips
          label={t('migrations.filterLabel')}
          chips={chips}
          value={search.show ?? 'all'}
          onChange={(value) => setFilter({ show: value === 'all' ? undefined : value })}
        />
        <SearchField label={t('migrations.search')} value={search.q ?? ''} onChange={setQ} />
      </div>
      <QueryView query={query}>
        {(data) =>
          data.items.length === 0 ? (
            <Panel label={t('place.migrations')}>{isFiltered ? <NoMatch /> : <FirstSteps />}</Panel>
          ) : (
            <>
              <Panel label={t('place.migrations')} isFlush>
                <MigrationTable
                  migrations={data.items}
                  sorting={{ value: params.sort, onChange: (sort) => setFilter({ sort }) }}
                  isStale={query.isPlaceholderData}
                  onOpen={({ id }) => void navigate({ to: '/migrations/$id/overview', params: { id } })}
                />
              </Panel>
              <ListPager data={data} page={page} />
            </>
          )
        }
      </QueryView>
    </Page>
  );
}

function NewButton() {
  const { t } = useTranslation();
  return (
    <LinkButton to="/migrations/new" leftSection={<IconPlus size={16} aria-hidden />}>
      {t('migrations.new')}
    </LinkButton>
  );
}

function NoMatch() {
  const { t } = useTranslation();
  const actions = (
    <LinkButton to="/migrations" variant="default">
      {t('migrations.showAll')}
    </LinkButton>
  );
  return (
    <Empty
      icon={IconArrowsExchange}
      title={t('migrations.noMatch')}
      text={t('migrations.noMatchText')}
      actions={actions}
    />
  );
}

function FirstSteps() {
  const { t } = useTranslation();
  const actions = (
    <>
      <NewButton />
      <LinkButton to="/machines/new" variant="default">
        {t('migrations.addMachine')}
      </LinkButton>
    </>
  );
  return (
    <Empty icon={IconArrowsExchange} title={t('migrations.empty')} text={t('migrations.emptyText')} actions={actions} />
  );
}
