import type { Context, Signal, Signals } from '@cacheferry/domain';
import { type Feed, openFeed } from './feed.ts';

/** How much a reader may see: to viewers keys of conflicts may be hidden, so they have a feed of their own. */
export type Sight = 'viewer' | 'all';

/** The feeds that somebody follows. */
export type Feeds = {
  /** Uses the feed of a migration or check while `work` runs. Throws `request.not_found`. */
  use<T>(objectId: string, sight: Sight, work: (feed: Feed) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

const pollMs = 5_000;
const watcherId = '00000000-0000-7000-8000-000000000000';

/** Makes the feeds: moved by signals, and by a poll, as a signal is a hint that may be lost. */
export function createFeeds(ctx: Context, signals: Signals): Feeds {
  const feeds = new Map<string, { objectId: string; users: number; opening: Promise<Feed>; feed: Feed | null }>();
  const closing = new AbortController();
  const refresh = (objectId: string | null) => {
    for (const entry of feeds.values()) if (objectId === null || entry.objectId === objectId) entry.feed?.refresh();
  };
  const onSignal = (signal: Signal | null) => {
    if (signal === null) return refresh(null);
    if (signal.kind === 'migration' || signal.kind === 'check') refresh(signal.id);
    if (signal.kind === 'removed')
      for (const entry of feeds.values()) if (entry.objectId === signal.id) entry.feed?.remove();
  };
  const unsubscribe = signals.subscribe(onSignal);
  const polling = poll(ctx, closing.signal, () => refresh(null));

  const enter = (key: string, objectId: string, sight: Sight) => {
    const known = feeds.get(key);
    if (known) return known;
    const opening = openFeed(watcher(ctx, sight), objectId);
    const entry = { objectId, users: 0, opening, feed: null as Feed | null };
    feeds.set(key, entry);
    opening.then(
      (feed) => (entry.feed = feed),
      () => {},
    );
    return entry;
  };
  return {
    use: async (objectId, sight, work) => {
      const key = `${sight} ${objectId}`;
      const entry = enter(key, objectId, sight);
      entry.users++;
      try {
        return await work(await entry.opening);
      } finally {
        if (--entry.users === 0 && feeds.get(key) === entry) feeds.delete(key);
      }
    },
    close: async () => {
      unsubscribe();
      closing.abort();
      await polling;
    },
  };
}

async function poll({ clock }: Context, signal: AbortSignal, look: () => void): Promise<void> {
  for (;;) {
    await clock.sleep(pollMs, signal).catch(() => {});
    if (signal.aborted) return;
    look();
  }
}

/** Reads with the rights of the readers: as the system itself, or as a viewer. */
function watcher(ctx: Context, sight: Sight): Context {
  const viewer = { kind: 'user', id: watcherId, username: 'stream', role: 'viewer', tokenId: null } as const;
  return { ...ctx, actor: sight === 'viewer' ? viewer : ctx.actor };
}
