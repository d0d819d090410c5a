import { useSyncExternalStore } from 'react';

let message = '';
const listeners = new Set<() => void>();

/** Tells a screen reader something, politely. */
export function announce(text: string): void {
  // The same text twice is said twice only when it differs for the reader.
  message = text === message ? `${text}\u00a0` : text;
  for (const listener of listeners) listener();
}

/** The live region that `announce` speaks through; stands once in the shell. */
export function Announcer() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => message,
  );
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {text}
    </div>
  );
}
