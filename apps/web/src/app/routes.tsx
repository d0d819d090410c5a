import { createRoute, redirect } from '@tanstack/react-router';
import * as z from 'zod/mini';
import { MigrationsPage } from '../features/migrations/list/migrations-page.tsx';
import { lazyPage as page } from './load-piece.ts';
import { NotFound } from './page-states.tsx';
import type { shell as shellRoute } from './router.tsx';
import * as search from './search-schema.ts';
import { createMigrationRoutes } from './migration-routes.tsx';
import { createSettingsRoutes } from './settings-routes.tsx';

const listSearch = { validateSearch: (values: unknown) => z.parse(search.ListSearch, values) };

/** Every page inside the shell. The list of migrations comes with the shell; all others are loaded when needed. */
export function createRoutes(shell: typeof shellRoute) {
  return [
    ...createWork(shell),
    ...createMigrationRoutes(shell),
    ...createPlaces(shell),
    createSettingsRoutes(shell),
    // What nothing else matches: with the rail, so that there is a way on.
    createRoute({ getParentRoute: () => shell, path: '$', component: NotFound }),
  ] as const;
}

/** Migrations, checks and history. */
function createWork(shell: typeof shellRoute) {
  const parent = { getParentRoute: () => shell };
  return [
    createRoute({
      ...parent,
      path: '/',
      beforeLoad: () => {
        throw redirect({ to: '/migrations', replace: true });
      },
    }),
    createRoute({
      ...parent,
      path: '/migrations',
      validateSearch: (values: unknown) => z.parse(search.MigrationsSearch, values),
      component: MigrationsPage,
    }),
    createRoute({
      ...parent,
      path: '/checks',
      validateSearch: (values: unknown) => z.parse(search.ChecksSearch, values),
      component: page(() => import('../features/checks/list/checks-page.tsx'), 'ChecksPage'),
    }),
    createRoute({
      ...parent,
      path: '/checks/$id',
      validateSearch: (values: unknown) => z.parse(search.ConflictSearch, values),
      component: page(() => import('../features/checks/detail/check-page.tsx'), 'CheckPage'),
    }),
    createRoute({
      ...parent,
      ...listSearch,
      path: '/history',
      component: page(() => import('../features/history/history-page.tsx'), 'HistoryPage'),
    }),
  ] as const;
}

/** Machines and endpoints. */
function createPlaces(shell: typeof shellRoute) {
  const parent = { getParentRoute: () => shell };
  return [
    createRoute({
      ...parent,
      ...listSearch,
      path: '/machines',
      component: page(() => import('../features/machines/list/machines-page.tsx'), 'MachinesPage'),
    }),
    createRoute({
      ...parent,
      path: '/machines/new',
      component: page(() => import('../features/machines/new/new-machine-page.tsx'), 'NewMachinePage'),
    }),
    createRoute({
      ...parent,
      path: '/machines/$id',
      component: page(() => import('../features/machines/detail/machine-page.tsx'), 'MachinePage'),
    }),
    createRoute({
      ...parent,
      ...listSearch,
      path: '/endpoints',
      component: page(() => import('../features/endpoints/list/endpoints-page.tsx'), 'EndpointsPage'),
    }),
    createRoute({
      ...parent,
      path: '/endpoints/new',
      component: page(() => import('../features/endpoints/edit/new-endpoint-page.tsx'), 'NewEndpointPage'),
    }),
    createRoute({
      ...parent,
      path: '/endpoints/$id',
      component: page(() => import('../features/endpoints/edit/endpoint-page.tsx'), 'EndpointPage'),
    }),
  ] as const;
}
