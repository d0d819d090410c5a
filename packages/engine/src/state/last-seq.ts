import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';

const windowBytes = 256 * 1024;

/**
 * Opens an event file for appending where its last whole line ends, and says the last number used.
 *
 * A torn last line (a crash while it was written) is cut. A line that cannot be read counts as one, so that no number is
 * given twice.
 */
export function openAtLastSeq(path: string): { file: number; seq: number; size: number } {
  const file = openSync(path, 'a+', 0o600);
  try {
    const size = fstatSync(file).size;
    const whole = endOfLastLine(file, size);
    if (whole < size) ftruncateSync(file, whole);
    return { file, seq: lastSeq(file, whole), size: whole };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function endOfLastLine(file: number, size: number): number {
  for (let end = size; end > 0; ) {
    const window = readWindow(file, end);
    const feed = window.lastIndexOf(0x0a);
    if (feed >= 0) return end - window.length + feed + 1;
    end -= window.length;
  }
  return 0;
}

function lastSeq(file: number, size: number): number {
  let unreadable = 0;
  for (let end = size; end > 0; ) {
    const window = readWindow(file, end);
    // Only the first window of the file may begin with a whole line; elsewhere it begins behind the first line break.
    const first = end === window.length ? 0 : window.indexOf(0x0a) + 1;
    const lines = window.toString('utf8', first, window.length).split('\n').slice(0, -1);
    for (let index = lines.length - 1; index >= 0; index--) {
      const seq = seqOf(lines[index] ?? '');
      if (seq !== null) return seq + unreadable;
      unreadable++;
    }
    if (first === 0 || first >= window.length) break;
    end -= window.length - first;
  }
  return unreadable;
}

function readWindow(file: number, end: number): Buffer {
  const start = Math.max(0, end - windowBytes);
  const window = Buffer.alloc(end - start);
  readSync(file, window, 0, window.length, start);
  return window;
}

function seqOf(line: string): number | null {
  try {
    const { seq } = JSON.parse(line) as { seq?: unknown };
    return typeof seq === 'number' && Number.isSafeInteger(seq) && seq > 0 ? seq : null;
  } catch {
    // A damaged line has a number all the same: the caller counts it.
    return null;
  }
}
