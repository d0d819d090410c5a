import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ProblemError } from './http/problem-error.ts';

const maxRetries = 2;

/** Whether asking again, unchanged, can help: nobody answered, or the server is in trouble. */
function canRetry(error: unknown): boolean {
  if (!(error instanceof ProblemError)) return false;
  const { status, code } = error.problem;
  return code === 'client.unreachable' || status === 502 || status === 503 || status === 504;
}

/** Makes what keeps the server's answers. `onSignedOut` is called when any of them says that the session has ended. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const watch = (error: unknown) => {
    if (error instanceof ProblemError && error.problem.code === 'auth.required') onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError: watch }),
    defaultOptions: {
      queries: {
        networkMode: 'always',
        staleTime: 5_000,
        retry: (count, error) => count < maxRetries && canRetry(error),
        retryDelay: (count) => Math.min(4_000, 500 * 2 ** count),
      },
      mutations: { onError: watch, networkMode: 'always' },
    },
  });
}
