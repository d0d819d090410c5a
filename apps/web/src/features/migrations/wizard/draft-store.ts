import { useSyncExternalStore } from 'react';
import { type AddressSecrets, noSecrets } from '../../endpoints/address/address.ts';
import { type Draft, emptyDraft, type Secrets, type Side } from './draft.ts';

const storageKey = 'cacheferry.draft';
const listeners = new Set<() => void>();

let draft: Draft = read();
/** In memory only: passwords are gone when the page is. */
let secrets: Secrets = { source: noSecrets, target: noSecrets };

/** Replaces the draft, as when an ended migration is taken as a pattern. */
export function storeDraft(next: Draft): void {
  draft = next;
  secrets = { source: noSecrets, target: noSecrets };
  write();
}

/** Changes parts of the draft. */
export function changeDraft(patch: Partial<Draft>): void {
  draft = { ...draft, ...patch };
  write();
}

/** Remembers secrets for as long as the page lives, and in the draft only that there are some. */
export function setSecrets(side: Side, patch: Partial<AddressSecrets>): void {
  const own = { ...secrets[side], ...patch };
  secrets = { ...secrets, [side]: own };
  const hasPassword = Object.values(own).some((value) => value !== '');
  changeDraft({ [side]: { ...draft[side], hasPassword }, preflightId: null });
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
export function useDraft(): { draft: Draft; secrets: Secrets } {
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
    if (typeof stored === 'object' && stored !== null && 'version' in stored && stored.version === 4)
      return { ...emptyDraft, ...stored, version: 4 };
  } catch {
    // Unreadable or switched off: begin anew.
  }
  return emptyDraft;
}
