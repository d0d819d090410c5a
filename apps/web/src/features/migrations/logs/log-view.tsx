import { IconFileText } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { Empty } from '../../../ui/empty.tsx';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { LogLinkNote } from './log-link-note.tsx';
import { LogList } from './log-list.tsx';
import { rowsOfBook, rowsOfMatches } from './log-rows.ts';
import { LogTools } from './log-tools.tsx';
import styles from './log-view.module.css';
import type { LogSearchValues } from './search-values.ts';
import { useLog } from './use-log.ts';
import { useMatches } from './use-matches.ts';

/** Lines that are there are drawn a moment later. */
const isEmpty = (drawn: number, known: number): boolean => drawn === 0 && known === 0;
const nothingOlder = () => Promise.resolve(0);

/** The log of a migration or a check: live, searched by the server, as long as it may be. */
export function LogView({ base, search }: { base: string; search: LogSearchValues }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { book, version, link, error, isOpen, retry } = useLog(base);
  const matches = useMatches(base, search, isOpen ? book.lastId : null);
  const [follow, setFollow] = useState({ isOn: search.line === undefined, seenId: 0 });
  const onFollow = useCallback((isOn: boolean) => setFollow({ isOn, seenId: book.lastId }), [book]);
  const { list } = matches;
  const mark = version + matches.version;
  const rows = useMemo(
    () => (list ? rowsOfMatches(list, book.lastId, mark) : rowsOfBook(book, mark)),
    [book, list, mark],
  );
  const onTop = useCallback(() => list?.older() ?? nothingOlder(), [list]);
  const set = (patch: LogSearchValues) =>
    void navigate({
      to: '.',
      search: (before: object) => ({ ...before, ...patch }) as never,
      replace: true,
      resetScroll: false,
    });
  const failure = error ?? matches.error;
  return (
    <>
      <LogTools base={base} search={search} onChange={set} isFollowing={follow.isOn} onFollow={onFollow} />
      {failure ? <ErrorView error={failure} onRetry={retry} /> : null}
      <div className={styles.frame}>
        <LogLinkNote link={link} />
        {!isOpen && !failure && <Skeleton lines={8} />}
        {isOpen && isEmpty(rows.count, list ? 0 : book.count) && !matches.isBusy && (
          <Empty
            icon={IconFileText}
            title={list ? t('log.noMatch') : t('log.empty')}
            text={list ? t('log.noMatchText') : t('log.emptyText')}
          />
        )}
        {rows.count > 0 && (
          <LogList
            rows={rows}
            isWrapped={search.wrap ?? false}
            isFollowing={follow.isOn}
            onFollow={onFollow}
            seenId={follow.seenId}
            chosenId={search.line}
            query={search.q}
            onTop={onTop}
          />
        )}
        <LogFoot count={book.count} matches={list?.total} />
      </div>
    </>
  );
}

function LogFoot({ count, matches }: { count: number; matches: number | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className={styles.foot}>
      <span className="num">{t('log.count', { count, number: format.count(count) })}</span>
      {matches !== undefined && <span className="num">{t('log.matches', { number: format.count(matches) })}</span>}
    </div>
  );
}
