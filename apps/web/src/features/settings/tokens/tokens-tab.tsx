import type { NewToken, Token } from '@cacheferry/contract';
import { Button } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Badge } from '../../../ui/badge.tsx';
import { type Column, DataTable } from '../../../ui/data-table.tsx';
import { Empty } from '../../../ui/empty.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { Time } from '../../../ui/time.tsx';
import { useNow } from '../../../ui/use-now.ts';
import { tokensQuery } from '../api.ts';
import { MadeTokenDialog } from './made-token-dialog.tsx';
import { NewTokenDialog } from './new-token-dialog.tsx';
import { RevokeToken } from './revoke-token.tsx';

/** Tokens for scripts. Each is shown once. */
export function TokensTab() {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<NewToken>();
  const query = useQuery(tokensQuery({ limit: 200, sort: '-createdAt' }));
  const columns = useTokenColumns();
  const add = (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setOpen(true)}>
      {t('token.add')}
    </Button>
  );
  const done = (token: NewToken) => {
    setOpen(false);
    setMade(token);
  };
  return (
    <Panel title={t('settings.tab.tokens')} actions={add} isFlush>
      <QueryView query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon={IconKey} title={t('token.empty')} text={t('token.emptyText')} />
          ) : (
            <DataTable label={t('settings.tab.tokens')} columns={columns} data={items} rowKey={(token) => token.id} />
          )
        }
      </QueryView>
      {isOpen && <NewTokenDialog onClose={() => setOpen(false)} onDone={done} />}
      {made && <MadeTokenDialog token={made} onClose={() => setMade(undefined)} />}
    </Panel>
  );
}

function useTokenColumns(): Column<Token>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { id: 'name', meta: { label: t('token.name') }, cell: ({ row }) => <strong>{row.original.name}</strong> },
      { id: 'prefix', meta: { label: t('token.prefix') }, cell: ({ row }) => <code>{row.original.prefix}…</code> },
      { id: 'role', meta: { label: t('user.role') }, cell: ({ row }) => t(`role.${row.original.role}`) },
      { id: 'expires', meta: { label: t('token.expires') }, cell: ({ row }) => <Expiry token={row.original} /> },
      {
        id: 'used',
        meta: { label: t('token.lastUsed') },
        cell: ({ row: { original } }) => (original.lastUsedAt ? <Time at={original.lastUsedAt} /> : t('user.never')),
      },
      { id: 'revoke', meta: { label: t('user.actions') }, cell: ({ row }) => <RevokeToken token={row.original} /> },
    ],
    [t],
  );
}

function Expiry({ token: { expiresAt } }: { token: Token }) {
  const { t } = useTranslation();
  const now = useNow(60_000);
  if (!expiresAt) return t('conflict.never');
  return (
    <span className="row">
      <Time at={expiresAt} />
      {Date.parse(expiresAt) < now && <Badge tone="idle">{t('token.expired')}</Badge>}
    </span>
  );
}
