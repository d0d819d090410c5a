import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Badge } from '../../../ui/badge.tsx';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { type Column, DataTable } from '../../../ui/data-table.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { configQuery } from '../api.ts';
import { useMigration } from '../use-migration.ts';
import { type ConfigRow, configRows } from './config-rows.ts';

/** What the engine was told, secrets masked, and the command that does the same. */
export function ConfigTab() {
  const { t } = useTranslation();
  const migration = useMigration();
  const query = useQuery(configQuery(migration.id));
  return (
    <QueryView query={query}>
      {(config) => (
        <>
          <Panel title={t('config.command')}>
            <div className="stack-tight">
              <p className="muted">{t('config.commandNote')}</p>
              <CodeBlock text={config.command} label={t('config.command')} isWrapped />
            </div>
          </Panel>
          <Panel title={t('config.settings')} isFlush>
            <ConfigTable rows={configRows(config.job, config.defaults)} />
          </Panel>
          <Panel title={t('config.job')}>
            <CodeBlock text={JSON.stringify(config.job, null, 2)} label={t('config.job')} />
          </Panel>
        </>
      )}
    </QueryView>
  );
}

function ConfigTable({ rows }: { rows: ConfigRow[] }) {
  const { t } = useTranslation();
  const columns: Column<ConfigRow>[] = [
    { id: 'name', meta: { label: t('config.name') }, cell: ({ row }) => <code>{row.original.name}</code> },
    {
      id: 'value',
      meta: { label: t('config.value') },
      cell: ({ row }) => <code className="break">{row.original.value}</code>,
    },
    {
      id: 'from',
      meta: { label: t('config.from') },
      cell: ({ row }) =>
        row.original.isDefault === null ? (
          '–'
        ) : row.original.isDefault ? (
          <span className="muted">{t('config.default')}</span>
        ) : (
          <Badge tone="accent">{t('config.chosen')}</Badge>
        ),
    },
  ];
  return <DataTable label={t('config.settings')} columns={columns} data={rows} rowKey={(row) => row.name} />;
}
