import { createRoute, redirect } from '@tanstack/react-router';
import * as z from 'zod/mini';
import { lazyPage as page } from './load-piece.ts';
import type { shell as shellRoute } from './router.tsx';
import * as search from './search-schema.ts';

/** The wizard, each step with its own address, and the pages of one migration. */
export function createMigrationRoutes(shell: typeof shellRoute) {
  return [createWizardRoutes(shell), createDetailRoutes(shell)] as const;
}

function createWizardRoutes(shell: typeof shellRoute) {
  const wizard = createRoute({
    getParentRoute: () => shell,
    path: '/migrations/new',
    component: page(() => import('../features/migrations/wizard/wizard-page.tsx'), 'WizardPage'),
  });
  const parent = { getParentRoute: () => wizard };
  const step = page;
  const children = [
    createRoute({
      ...parent,
      path: '/',
      beforeLoad: () => {
        throw redirect({ to: '/migrations/new/source', replace: true });
      },
    }),
    createRoute({
      ...parent,
      path: '/source',
      component: step(() => import('../features/migrations/wizard/end-step.tsx'), 'SourceStep'),
    }),
    createRoute({
      ...parent,
      path: '/target',
      component: step(() => import('../features/migrations/wizard/end-step.tsx'), 'TargetStep'),
    }),
    createRoute({
      ...parent,
      path: '/options',
      component: step(() => import('../features/migrations/wizard/options-step.tsx'), 'OptionsStep'),
    }),
    createRoute({
      ...parent,
      path: '/preflight',
      component: step(() => import('../features/migrations/wizard/preflight-step.tsx'), 'PreflightStep'),
    }),
    createRoute({
      ...parent,
      path: '/review',
      component: step(() => import('../features/migrations/wizard/review-step.tsx'), 'ReviewStep'),
    }),
  ] as const;
  return wizard.addChildren(children);
}

function createDetailRoutes(shell: typeof shellRoute) {
  const detail = createRoute({
    getParentRoute: () => shell,
    path: '/migrations/$id',
    component: page(() => import('../features/migrations/detail/migration-page.tsx'), 'MigrationPage'),
  });
  const parent = { getParentRoute: () => detail };
  const children = [
    createRoute({
      ...parent,
      path: '/',
      beforeLoad: ({ params }) => {
        throw redirect({ to: '/migrations/$id/overview', params, replace: true });
      },
    }),
    createRoute({
      ...parent,
      path: '/overview',
      component: page(() => import('../features/migrations/overview/overview-tab.tsx'), 'OverviewTab'),
    }),
    createRoute({
      ...parent,
      path: '/progress',
      validateSearch: (values: unknown) => z.parse(search.ProgressSearch, values),
      component: page(() => import('../features/migrations/progress/progress-tab.tsx'), 'ProgressTab'),
    }),
    createRoute({
      ...parent,
      path: '/logs',
      validateSearch: (values: unknown) => z.parse(search.LogSearch, values),
      component: page(() => import('../features/migrations/logs/logs-tab.tsx'), 'LogsTab'),
    }),
    createRoute({
      ...parent,
      path: '/config',
      component: page(() => import('../features/migrations/config/config-tab.tsx'), 'ConfigTab'),
    }),
    createRoute({
      ...parent,
      path: '/checks',
      component: page(() => import('../features/migrations/checks/checks-tab.tsx'), 'ChecksTab'),
    }),
    createRoute({
      ...parent,
      path: '/history',
      component: page(() => import('../features/migrations/history/history-tab.tsx'), 'HistoryTab'),
    }),
  ] as const;
  return detail.addChildren(children);
}
