import { StoredEvent } from '@cacheferry/contract';
import * as z from 'zod/mini';
import type { SseFrame } from '../../../app/live/sse-parser.ts';

/** The numbered events among frames; progress and what is not understood is left out. */
export function toEvents(frames: readonly SseFrame[]): StoredEvent[] {
  return frames.flatMap((frame) => {
    if (frame.id === null && frame.event === 'progress') return [];
    const parsed = z.safeParse(StoredEvent, parseJson(frame.data));
    return parsed.success && parsed.data.id !== null ? [parsed.data] : [];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
