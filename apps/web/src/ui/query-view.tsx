import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorView } from './problem-view.tsx';
import { Skeleton } from './skeleton.tsx';

type QueryViewProps<T> = {
  query: Pick<UseQueryResult<T>, 'data' | 'error' | 'isPending' | 'refetch'>;
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
};

/** Shows what a query has: a skeleton before, the problem where it failed, and the last good data under a problem. */
export function QueryView<T>({ query, skeleton, children }: QueryViewProps<T>) {
  if (query.data !== undefined)
    return (
      <>
        {query.error && <ErrorView error={query.error} onRetry={() => void query.refetch()} />}
        {children(query.data)}
      </>
    );
  if (query.error) return <ErrorView error={query.error} onRetry={() => void query.refetch()} />;
  return skeleton ?? <Skeleton />;
}
