import { LogPage } from '@cacheferry/contract';
import { useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { apiRoot, queryString, request } from '../../../app/http/request.ts';
import type { LinkStatus } from '../../../app/live/stream.ts';
import { subscribeStream } from '../../../app/live/subscribe.ts';
import { LogBook } from './log-book.ts';
import { toEvents } from './to-events.ts';

export type LogLink = { status: LinkStatus; recovered: number };

const pollMs = 2000;

/** The log of a migration or a check: opened where it ends, followed from there without loss or repeat. */
export function useLog(base: string) {
  const [version, bump] = useReducer((n: number) => n + 1, 0);
  const [link, setLink] = useState<LogLink>({ status: { state: 'connecting', attempt: 0 }, recovered: 0 });
  const [error, setError] = useState<unknown>();
  const [isOpen, setOpen] = useState(false);
  const changed = useFrame(bump);
  const book = useMemo(
    () => new LogBook((query) => request(LogPage, `${base}/logs${queryString(query)}`), changed),
    [base, changed],
  );
  const [attempt, retry] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    let stop: (() => void) | undefined;
    let isGone = false;
    setError(undefined);
    setOpen(false);
    book.open().then(
      () => {
        if (isGone) return;
        setOpen(true);
        stop = follow(book, base, setLink);
      },
      (reason: unknown) => setError(reason),
    );
    return () => {
      isGone = true;
      stop?.();
    };
  }, [book, base, attempt]);
  return { book, version, link, error, isOpen, retry };
}

/** Follows the stream. After a break the lines that were missed are counted, once the book has them. */
function follow(book: LogBook, base: string, setLink: (link: LogLink) => void): () => void {
  let lostAt: number | null = null;
  let poll: ReturnType<typeof setInterval> | undefined;
  const count = (status: LinkStatus, lost: number) =>
    void book.catchUp().then(
      () => setLink({ status, recovered: book.lastId - lost }),
      () => setLink({ status, recovered: 0 }),
    );
  const stop = subscribeStream(`${apiRoot}${base}/events`, String(book.lastId), {
    onFrames: (frames) => book.take(toEvents(frames)),
    onStatus: (status) => {
      if (status.state === 'retrying' && lostAt === null) lostAt = book.lastId;
      clearInterval(poll);
      if (status.state === 'polled') poll = setInterval(() => void book.catchUp().catch(() => {}), pollMs);
      if (status.state === 'live' && lostAt !== null) {
        count(status, lostAt);
        lostAt = null;
      } else setLink({ status, recovered: 0 });
    },
  });
  return () => {
    clearInterval(poll);
    stop();
  };
}

/** Calls `work` at most once a frame, and not at all while the page is hidden. */
function useFrame(work: () => void): () => void {
  const frame = useRef(0);
  return useMemo(
    () => () => {
      if (frame.current !== 0) return;
      frame.current = requestAnimationFrame(() => {
        frame.current = 0;
        work();
      });
    },
    [work],
  );
}
