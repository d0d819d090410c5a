import type { LostClass, LostElement } from '@cacheferry/contract';
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { lostQuery } from '../api.ts';

type LostListProps = { migrationId: string; name: LostClass; label: string; count: number };

/** One class of what did not arrive: how many, and on demand which keys or commands. */
export function LostList({ migrationId, name, label, count }: LostListProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {label}: {format.count(count)}
      </summary>
      {isOpen && <Elements migrationId={migrationId} name={name} label={label} />}
      {isOpen && name === 'command' && <p className="muted">{t('losses.commandNote')}</p>}
    </details>
  );
}

function Elements({ migrationId, name, label }: Omit<LostListProps, 'count'>) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(lostQuery(migrationId, name));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="stack-tight">
      {query.error && <ErrorView error={query.error} onRetry={() => void query.refetch()} />}
      <ul className="stack-tight" aria-label={label} aria-busy={query.isPending}>
        {items.map((item) => (
          <Element key={item.id} item={item} />
        ))}
      </ul>
      {query.isSuccess && items.length === 0 && <p className="muted">{t('losses.notListed')}</p>}
      {query.hasNextPage && (
        <div>
          <Button
            size="compact-sm"
            variant="default"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t('losses.more')}
          </Button>
        </div>
      )}
    </div>
  );
}

function Element({ item: { db, key, command, count, detail } }: { item: LostElement }) {
  const format = useFormat();
  const times = count > 1 ? ` × ${format.count(count)}` : '';
  return (
    <li>
      <bdi className="mono break" dir="ltr">
        {key ?? command ?? '••••••'}
      </bdi>{' '}
      <span className="muted">{`db ${db}${times} · ${detail}`}</span>
    </li>
  );
}
