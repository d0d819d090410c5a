import { type Role, roleIncludes, type SessionUser } from '@cacheferry/contract';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from './api.ts';

/** The user of this page; only inside the shell, where one is signed in. */
export function useMe(): SessionUser {
  return useSuspenseQuery(sessionQuery).data.user;
}

/** Why the user may not do what needs `role`, or `undefined` where they may. The server decides; this only tells. */
export function useRoleReason(role: Role): string | undefined {
  const { t } = useTranslation();
  const me = useMe();
  return roleIncludes(me.role, role) ? undefined : t('role.needed', { role: t(`role.${role}`) });
}
