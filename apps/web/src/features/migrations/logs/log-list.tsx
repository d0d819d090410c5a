import { Button } from '@mantine/core';
import { IconArrowDown } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { cx } from '../../../ui/cx.ts';
import type { LogRows } from './log-rows.ts';
import styles from './log-view.module.css';
import { LogLineView } from './log-line-view.tsx';
import { useLogWords } from './use-log-words.ts';

const lineHeight = 22;
/** Lines read before they are seen, so that fast scrolling finds them there. */
const ahead = 600;

type LogListProps = {
  rows: LogRows;
  isWrapped: boolean;
  isFollowing: boolean;
  onFollow: (isFollowing: boolean) => void;
  /** The newest line when following was left. */
  seenId: number;
  chosenId: number | undefined;
  query: string | undefined;
  onTop: () => Promise<number>;
};

/** The lines on the screen, out of as many as there are. Scrolling up leaves the end, scrolling down to it returns. */
export function LogList(props: LogListProps) {
  const { rows, isWrapped, isFollowing, onFollow, chosenId } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const words = useLogWords();
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.count,
    getScrollElement: () => box.current,
    estimateSize: () => lineHeight,
    overscan: 24,
    getItemKey: rows.keyOf,
    useFlushSync: false,
  });
  const items = virtual.getVirtualItems();
  const [from, to] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => {
    if (rows.count > 0) rows.need(Math.max(0, from - ahead), Math.min(rows.count - 1, to + ahead));
  }, [rows, from, to]);
  useLayoutEffect(() => {
    if (isFollowing && rows.count > 0) virtual.scrollToIndex(rows.count - 1, { align: 'end' });
  }, [virtual, isFollowing, rows.count, isWrapped]);
  useShowLine(chosenId, rows, (index) => virtual.scrollToIndex(index, { align: 'center' }));
  const onScroll = useScroll({ ...props, onShift: (lines) => virtual.scrollBy(lines * lineHeight) });
  const fresh = rows.lastId - props.seenId;
  return (
    <>
      <div
        ref={box}
        className={cx(styles.list, isWrapped && styles.wrapped)}
        tabIndex={0}
        role="region"
        aria-label={t('log.lines')}
        onScroll={(event) => onScroll(event.currentTarget)}
      >
        <div className={styles.canvas} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => (
            <LogLineView
              key={item.key}
              event={rows.at(item.index)}
              index={item.index}
              start={item.start}
              measure={isWrapped ? virtual.measureElement : undefined}
              isChosen={rows.keyOf(item.index) === chosenId}
              query={props.query}
              words={words}
            />
          ))}
        </div>
      </div>
      {!isFollowing && (
        <div className={styles.newest}>
          <Button size="xs" leftSection={<IconArrowDown size={14} aria-hidden />} onClick={() => onFollow(true)}>
            {fresh > 0 ? t('log.jumpNew', { number: format.count(fresh) }) : t('log.jump')}
          </Button>
        </div>
      )}
    </>
  );
}

/** Goes to the line of the address once it can be placed. */
function useShowLine(id: number | undefined, rows: LogRows, show: (index: number) => void) {
  const shown = useRef<number>(undefined);
  useEffect(() => {
    if (id === undefined || shown.current === id) return;
    const index = rows.indexOf(id);
    if (index < 0 || index >= rows.count) return;
    shown.current = id;
    show(index);
  }, [id, rows, show]);
}

function useScroll({ isFollowing, onFollow, onTop, onShift }: LogListProps & { onShift: (lines: number) => void }) {
  const lastTop = useRef(0);
  const isReading = useRef(false);
  return useCallback(
    (element: HTMLElement) => {
      const { scrollTop, scrollHeight, clientHeight } = element;
      const isAtEnd = scrollHeight - scrollTop - clientHeight < lineHeight / 2;
      if (isAtEnd && !isFollowing) onFollow(true);
      else if (!isAtEnd && isFollowing && scrollTop < lastTop.current - 1) onFollow(false);
      lastTop.current = scrollTop;
      if (scrollTop > lineHeight * 40 || isReading.current) return;
      isReading.current = true;
      void onTop().then((count) => {
        isReading.current = false;
        if (count > 0) onShift(count);
      });
    },
    [isFollowing, onFollow, onTop, onShift],
  );
}
