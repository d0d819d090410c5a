import { createRoute, redirect } from '@tanstack/react-router';
import * as z from 'zod/mini';
import { lazyPage as page } from './load-piece.ts';
import type { shell as shellRoute } from './router.tsx';
import * as search from './search-schema.ts';

/** The pages for administrators. */
export function createSettingsRoutes(shell: typeof shellRoute) {
  const settings = createRoute({
    getParentRoute: () => shell,
    path: '/settings',
    component: page(() => import('../features/settings/settings-page.tsx'), 'SettingsPage'),
  });
  const parent = { getParentRoute: () => settings };
  const children = [
    createRoute({
      ...parent,
      path: '/',
      beforeLoad: () => {
        throw redirect({ to: '/settings/users', replace: true });
      },
    }),
    createRoute({
      ...parent,
      path: '/users',
      component: page(() => import('../features/settings/users/users-tab.tsx'), 'UsersTab'),
    }),
    createRoute({
      ...parent,
      path: '/tokens',
      component: page(() => import('../features/settings/tokens/tokens-tab.tsx'), 'TokensTab'),
    }),
    createRoute({
      ...parent,
      path: '/audit',
      validateSearch: (values: unknown) => z.parse(search.AuditSearch, values),
      component: page(() => import('../features/settings/audit/audit-tab.tsx'), 'AuditTab'),
    }),
    createRoute({
      ...parent,
      path: '/general',
      component: page(() => import('../features/settings/general/general-tab.tsx'), 'GeneralTab'),
    }),
  ] as const;
  return settings.addChildren(children);
}
