import fs from 'node:fs';

const probeBytes = 2 * 65_536;

/** The number of an event, from the beginning of its line; null when it is none. */
export function seqOf(line: Buffer): number | null {
  const found = /^\{"seq":(\d{1,15})[,}]/.exec(line.toString('latin1', 0, 32));
  return found ? Number(found[1]) : null;
}

/**
 * The byte at which the first line with a number above `after` begins, or the end of the last whole line. Lines are
 * numbered in rising order and at most 64 KiB long, so that some probes find it in a file of any size.
 */
export function findLineAfter(file: number, after: number): number {
  const isAbove = (at: number): boolean => {
    const line = firstLineFrom(file, at);
    return !line || (line.seq !== null && line.seq > after);
  };
  let low = 0;
  let high = fs.fstatSync(file).size;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isAbove(middle)) high = middle;
    else low = middle + 1;
  }
  const found = firstLineFrom(file, low);
  if (found) return found.start;
  // All are below: `low` is one past the beginning of the last whole line.
  return low === 0 ? 0 : (firstLineFrom(file, low - 1)?.next ?? 0);
}

type Line = { start: number; next: number; seq: number | null };

/** The first whole line that begins at or after a byte. */
function firstLineFrom(file: number, at: number): Line | null {
  const base = Math.max(0, at - 1);
  const buffer = Buffer.alloc(probeBytes);
  const text = buffer.subarray(0, fs.readSync(file, buffer, 0, probeBytes, base));
  const begin = at === 0 ? 0 : text.indexOf(10) + 1;
  if (at > 0 && begin === 0) return null;
  const feed = text.indexOf(10, begin);
  if (feed < 0) return null;
  return { start: base + begin, next: base + feed + 1, seq: seqOf(text.subarray(begin, feed)) };
}
