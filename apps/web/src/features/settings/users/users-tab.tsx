import type { Role, User } from '@cacheferry/contract';
import { Button, NativeSelect } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Badge } from '../../../ui/badge.tsx';
import { type Column, DataTable } from '../../../ui/data-table.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { Time } from '../../../ui/time.tsx';
import { useMe } from '../../session/use-me.ts';
import { changeUser, settingsKeys, usersQuery } from '../api.ts';
import { NewUserDialog } from './new-user-dialog.tsx';
import { UserActions } from './user-actions.tsx';

const roles: Role[] = ['viewer', 'operator', 'admin'];

/** Who may sign in, and as what. */
export function UsersTab() {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const query = useQuery(usersQuery({ limit: 200, sort: 'username' }));
  const columns = useUserColumns();
  const add = (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setOpen(true)}>
      {t('user.add')}
    </Button>
  );
  return (
    <Panel title={t('settings.tab.users')} actions={add} isFlush>
      <QueryView query={query}>
        {({ items }) => (
          <DataTable label={t('settings.tab.users')} columns={columns} data={items} rowKey={(user) => user.id} />
        )}
      </QueryView>
      {isOpen && <NewUserDialog onClose={() => setOpen(false)} />}
    </Panel>
  );
}

function useUserColumns(): Column<User>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: 'name',
        meta: { label: t('session.username') },
        cell: ({ row: { original } }) => (
          <span className="row">
            <strong>{original.username}</strong>
            {original.isDisabled && <Badge tone="idle">{t('user.disabled')}</Badge>}
          </span>
        ),
      },
      { id: 'role', meta: { label: t('user.role') }, cell: ({ row }) => <RoleCell user={row.original} /> },
      {
        id: 'last',
        meta: { label: t('user.lastSignIn') },
        cell: ({ row: { original } }) =>
          original.lastSignInAt ? <Time at={original.lastSignInAt} /> : t('user.never'),
      },
      { id: 'created', meta: { label: t('user.created') }, cell: ({ row }) => <Time at={row.original.createdAt} /> },
      { id: 'actions', meta: { label: t('user.actions') }, cell: ({ row }) => <UserActions user={row.original} /> },
    ],
    [t],
  );
}

function RoleCell({ user }: { user: User }) {
  const { t } = useTranslation();
  const me = useMe();
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: (role: Role) => changeUser(user.id, { role }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: settingsKeys.users }),
  });
  if (user.id === me.id) return <span title={t('user.notSelf')}>{t(`role.${user.role}`)}</span>;
  return (
    <span className="stack-tight">
      <NativeSelect
        aria-label={t('user.roleOf', { name: user.username })}
        value={user.role}
        disabled={change.isPending}
        onChange={(event) => change.mutate(event.currentTarget.value as Role)}
        data={roles.map((value) => ({ value, label: t(`role.${value}`) }))}
      />
      {change.error && <ErrorView error={change.error} />}
    </span>
  );
}
