import type { StoredEvent } from '@cacheferry/contract';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { useFormat } from '../../../i18n/use-format.ts';
import { cx } from '../../../ui/cx.ts';
import { formatUtc } from '../../../ui/format.ts';
import { lineOf, type LogWords } from './line-of.ts';
import styles from './log-view.module.css';
import { Marked } from './marked.tsx';

type LogLineViewProps = {
  event: StoredEvent | undefined;
  index: number;
  start: number;
  measure: ((element: HTMLElement | null) => void) | undefined;
  isChosen: boolean;
  query: string | undefined;
  words: LogWords;
};

/** One line. Its time is a link to the line itself. */
export const LogLineView = memo(function LogLineView(props: LogLineViewProps) {
  const { event, index, start, measure, isChosen, query, words } = props;
  const format = useFormat();
  const place = { style: { transform: `translateY(${start}px)` }, 'data-index': index, ref: measure ?? null };
  if (!event) return <div className={styles.line} {...place} aria-hidden />;
  const line = lineOf(event, words);
  return (
    <div className={cx(styles.line, styles[line.level], isChosen && styles.chosen)} data-line={event.id} {...place}>
      <Link
        to="."
        search={(before: object) => ({ ...before, line: event.id ?? undefined }) as never}
        replace
        resetScroll={false}
        className={styles.time}
        title={formatUtc(event.at)}
        tabIndex={-1}
      >
        {format.clock(event.at)}.{event.at.slice(20, 23)}
      </Link>
      <span className={styles.level}>{line.level}</span>
      {line.shard && <span className={styles.shard}>{line.shard}</span>}
      <span className={styles.text}>
        <Marked text={line.message} query={query} />
        {line.fields && (
          <span className={styles.fields}>
            {'  '}
            <Marked text={line.fields} query={query} />
          </span>
        )}
      </span>
    </div>
  );
});
