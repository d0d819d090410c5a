import type { Readable } from 'node:stream';

/** Gathers output up to a limit; `onTooMuch` is called once when it is passed, and nothing more is kept. */
export function collect(stream: Readable, limitBytes: number, onTooMuch: () => void): () => string {
  const parts: Buffer[] = [];
  let size = 0;
  stream.on('data', (bytes: Buffer) => {
    if (size > limitBytes) return;
    size += bytes.length;
    if (size > limitBytes) onTooMuch();
    else parts.push(bytes);
  });
  return () => Buffer.concat(parts).toString('utf8');
}

/** Keeps the last bytes of an output that may be endless. */
export function collectTail(stream: Readable, limitBytes: number): () => string {
  let tail = Buffer.alloc(0);
  stream.on('data', (bytes: Buffer) => {
    tail = Buffer.concat([tail, bytes]);
    if (tail.length > limitBytes) tail = tail.subarray(tail.length - limitBytes);
  });
  return () => tail.toString('utf8');
}
