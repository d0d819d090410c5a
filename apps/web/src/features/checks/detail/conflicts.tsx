import { type Check, isCheckEnded, type StoredConflict } from '@cacheferry/contract';
import { IconChecks } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useListSearch } from '../../../app/use-list-search.ts';
import { Empty } from '../../../ui/empty.tsx';
import { ListPager } from '../../../ui/list-pager.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { type ConflictParams, conflictsQuery } from '../api.ts';
import { ConflictDialog } from './conflict-dialog.tsx';
import { ConflictFilters } from './conflict-filters.tsx';
import { ConflictTable } from './conflict-table.tsx';
import { ExportLinks } from './export-links.tsx';
import type { ConflictSearchValues } from './search-values.ts';

const pageSize = 100;

/** The differing keys of a check under a filter, and the chosen one side by side. */
export function Conflicts({ check }: { check: Check }) {
  const { t } = useTranslation();
  const { search, setFilter, page } = useListSearch<ConflictSearchValues>();
  const filter: ConflictParams = { q: search.q, class: search.class, db: search.db, type: search.type };
  const query = useQuery({
    ...conflictsQuery(check.id, { ...filter, cursor: search.cursor, limit: pageSize }),
    refetchInterval: isCheckEnded(check.state) ? false : 3000,
  });
  const chosen = query.data?.items.find((one) => one.id === search.conflict);
  const { cursor, skip } = search;
  // The table makes its cells anew for another one, and the focus would be gone with the old ones.
  const choose = useCallback(
    (conflict: StoredConflict | undefined) => setFilter({ conflict: conflict?.id, cursor, skip }),
    [setFilter, cursor, skip],
  );
  return (
    <Panel title={t('conflict.title')} actions={<ExportLinks check={check} filter={filter} />} isFlush>
      <ConflictFilters check={check} search={search} onChange={setFilter} />
      <QueryView query={query}>
        {(data) =>
          data.items.length === 0 ? (
            <NoConflicts check={check} isFiltered={Object.values(filter).some((value) => value !== undefined)} />
          ) : (
            <>
              <ConflictTable
                conflicts={data.items}
                chosen={search.conflict}
                onChoose={choose}
                isStale={query.isPlaceholderData}
              />
              <div style={{ padding: '8px 16px' }}>
                <ListPager data={data} page={page} />
              </div>
            </>
          )
        }
      </QueryView>
      {chosen && <ConflictDialog conflict={chosen} onClose={() => choose(undefined)} />}
    </Panel>
  );
}

function NoConflicts({ check, isFiltered }: { check: Check; isFiltered: boolean }) {
  const { t } = useTranslation();
  if (isFiltered) return <Empty icon={IconChecks} title={t('conflict.noMatch')} text={t('migrations.noMatchText')} />;
  if (check.state === 'consistent')
    return <Empty icon={IconChecks} title={t('conflict.none')} text={t('conflict.noneText')} />;
  const text = isCheckEnded(check.state) ? t('conflict.nonePartText') : t('conflict.noneYetText');
  return <Empty icon={IconChecks} title={t('conflict.noneYet')} text={text} />;
}
