import type { Clock } from './clock.ts';

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/**
 * Makes UUIDv7 ids that rise within this process, also inside one millisecond.
 *
 * Spec: RFC 9562 §5.7, monotonic random (method 2: the 12 bits after the version count up).
 */
export function createIds(clock: Pick<Clock, 'now'>): () => string {
  let lastMs = 0;
  let counter = 0;
  return () => {
    const now = clock.now();
    if (now > lastMs) {
      lastMs = now;
      counter = 0;
    } else if (++counter > 0xfff) {
      lastMs++;
      counter = 0;
    }
    const bytes = globalThis.crypto.getRandomValues(new Uint8Array(8));
    const time = lastMs.toString(16).padStart(12, '0');
    const tail = [((bytes[0] ?? 0) & 0x3f) | 0x80, ...bytes.subarray(1)].map(hex).join('');
    const count = counter.toString(16).padStart(3, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${tail.slice(0, 4)}-${tail.slice(4)}`;
  };
}

/** Whether a text is a UUIDv7 in lower case. */
export function isUuidV7(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text);
}
