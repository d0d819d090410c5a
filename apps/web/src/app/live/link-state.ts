import { useSyncExternalStore } from 'react';
import type { LinkStatus } from './stream.ts';

/** How the live updates of this page are doing, and since when. */
export type LinkState = LinkStatus & { since: number };

let current: LinkState = { state: 'connecting', attempt: 0, since: Date.now() };
const listeners = new Set<() => void>();

/** Notes a change of the stream that feeds all lists. */
export function setLinkState(status: LinkStatus): void {
  const isSameKind = status.state === current.state;
  current = { ...status, since: isSameKind ? current.since : Date.now() };
  for (const listener of listeners) listener();
}

/** The state of the live updates. */
export function useLinkState(): LinkState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
