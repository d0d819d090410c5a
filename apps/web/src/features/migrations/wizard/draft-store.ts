import { useSyncExternalStore } from 'react';
import { type Draft, emptyDraft, type Side } from './draft.ts';

const storageKey = 'cacheferry.draft';
const listeners = new Set<() => void>();

let draft: Draft = read();
/** In memory only: passwords are gone when the page is. */
let secrets: Readonly<Record<Side, string>> = { source: '', target: '' };

/** Replaces the draft, as when an ended migration is taken as a pattern. */
export function storeDraft(next: Draft): void {
  draft = next;
  secrets = { source: '', target: '' };
  write();
}

/** Changes parts of the draft. */
export function changeDraft(patch: Partial<Draft>): void {
  draft = { ...draft, ...patch };
  write();
}

/** Remembers a password for as long as the page lives, and in the draft only that there is one. */
export function setSecret(side: Side, value: string): void {
  secrets = { ...secrets, [side]: value };
  changeDraft({ [side]: { ...draft[side], hasPassword: value !== '' }, preflightId: null });
}

/** Exchanges source and target, with their passwords. */
export function swapEnds(): void {
  secrets = { source: secrets.target, target: secrets.source };
  changeDraft({ source: draft.target, target: draft.source });
}

/** Forgets everything once the migration was made. */
export function clearDraft(): void {
  storeDraft(emptyDraft);
  try {
    sessionStorage.removeItem(storageKey);
  } catch {
    // Storage is switched off; then nothing was written.
  }
}

/** The draft and its secrets. */
export function useDraft(): { draft: Draft; secrets: Readonly<Record<Side, string>> } {
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    draft: useSyncExternalStore(subscribe, () => draft),
    secrets: useSyncExternalStore(subscribe, () => secrets),
  };
}

function write(): void {
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(draft));
  } catch {
    // Storage may be full or switched off; the draft then lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

function read(): Draft {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(storageKey) ?? 'null');
    if (typeof stored === 'object' && stored !== null && 'version' in stored && stored.version === 1)
      return { ...emptyDraft, ...stored, version: 1 };
  } catch {
    // Unreadable or switched off: begin anew.
  }
  return emptyDraft;
}
