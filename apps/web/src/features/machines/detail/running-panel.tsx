import type { Machine } from '@cacheferry/contract';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { QueryView } from '../../../ui/query-view.tsx';
import { migrationsQuery } from '../../migrations/api.ts';
import { MigrationTable } from '../../migrations/list/migration-table.tsx';

/** The migrations that this machine works on. */
export function RunningPanel({ machine }: { machine: Machine }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const query = useQuery(migrationsQuery({ machineId: machine.id, view: 'active', limit: 100 }));
  return (
    <QueryView query={query}>
      {(data) =>
        data.items.length === 0 ? (
          <p className="muted" style={{ padding: '12px 16px' }}>
            {t('machine.idle')}
          </p>
        ) : (
          <MigrationTable
            migrations={data.items}
            isStale={query.isPlaceholderData}
            onOpen={({ id }) => void navigate({ to: '/migrations/$id/overview', params: { id } })}
          />
        )
      }
    </QueryView>
  );
}
