import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router';
import * as z from 'zod/mini';
import { sessionQuery } from '../features/session/api.ts';
import { LoginPage } from '../features/session/login-page.tsx';
import { ProblemError } from './http/problem-error.ts';
import { lazyPage } from './load-piece.ts';
import { NotFound, PageFault, PagePending } from './page-states.tsx';
import { createRoutes } from './routes.tsx';
import { Shell } from './shell/shell.tsx';

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Outlet });

/** Only a path of this site may be gone to after signing in. */
const LoginSearch = z.object({ next: z.catch(z.optional(z.string().check(z.regex(/^\/(?![/\\])/))), undefined) });

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search) => z.parse(LoginSearch, search),
  component: LoginPage,
});

const password = createRoute({
  getParentRoute: () => root,
  path: '/password',
  beforeLoad: ({ context, location }) => requireSession(context.queryClient, location.href),
  component: lazyPage(() => import('../features/session/password-page.tsx'), 'PasswordPage'),
});

export const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    const session = await requireSession(context.queryClient, location.href);
    if (session.user.mustChangePassword) throw redirect({ to: '/password' });
  },
});

async function requireSession(queryClient: QueryClient, next: string) {
  try {
    return await queryClient.ensureQueryData(sessionQuery);
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === 401)
      throw redirect({ to: '/login', search: { next } });
    throw error;
  }
}

/** Makes the router: every page is a piece of its own, loaded when it is opened or pointed at. */
export function createAppRouter(queryClient: QueryClient) {
  const pages = createRoutes(shell);
  const routes = [login, password, shell.addChildren(pages)] as const;
  return createRouter({
    routeTree: root.addChildren(routes),
    context: { queryClient },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 150,
    defaultPendingComponent: PagePending,
    defaultErrorComponent: PageFault,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
