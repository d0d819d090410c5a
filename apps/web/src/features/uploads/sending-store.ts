import type { Upload } from '@cacheferry/contract';
import { systemClock } from '@cacheferry/kernel';
import { useSyncExternalStore } from 'react';
import { createUpload, sendPiece } from './api.ts';
import { sendFile } from './send-file.ts';

/** A file that this page sends. It goes on while other pages are looked at; a reload ends it, and what arrived stays. */
export type Sent = { upload: Upload; error: unknown; isSending: boolean; isWaiting: boolean };

let sent: ReadonlyMap<string, Sent> = new Map();
const stops = new Map<string, AbortController>();
const listeners = new Set<() => void>();

/** Sends a file, or what is missing of it where `begun` names the upload of an earlier try. Resolves when all is there. */
export async function startSending(file: File, begun?: Upload): Promise<Upload> {
  const upload = begun ?? (await createUpload({ name: file.name, bytes: file.size }));
  const stop = new AbortController();
  stops.set(upload.id, stop);
  let last = upload;
  const onProgress = (now: Upload, isWaiting: boolean) => {
    last = now;
    put(upload.id, { upload: now, error: null, isSending: true, isWaiting });
  };
  onProgress(upload, false);
  try {
    const done = await sendFile(file, upload, { send: sendPiece, clock: systemClock, signal: stop.signal, onProgress });
    put(upload.id, undefined);
    return done;
  } catch (error) {
    if (stop.signal.aborted) put(upload.id, undefined);
    else put(upload.id, { upload: last, error, isSending: false, isWaiting: false });
    throw error;
  } finally {
    stops.delete(upload.id);
  }
}

/** Stops sending; what arrived stays on the server until the upload is deleted. */
export function stopSending(id: string): void {
  stops.get(id)?.abort(new DOMException('stopped', 'AbortError'));
}

/** What this page sends, by the id of the upload. */
export function useSent(): ReadonlyMap<string, Sent> {
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return useSyncExternalStore(subscribe, () => sent);
}

function put(id: string, one: Sent | undefined): void {
  const next = new Map(sent);
  if (one) next.set(id, one);
  else next.delete(id);
  sent = next;
  for (const listener of listeners) listener();
}
