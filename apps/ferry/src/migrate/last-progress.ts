import fs from 'node:fs';

const tailBytes = 1024 * 1024;
/** What an event has beside the snapshot. */
const frame: readonly string[] = ['seq', 'at', 'type'];

/** The newest progress that an event file holds near its end, as a snapshot; null when there is none. */
export function lastProgress(eventsFile: string): Record<string, unknown> | null {
  const lines = readTail(eventsFile).split('\n').slice(0, -1);
  for (const line of lines.reverse()) {
    const event = parse(line);
    if (event?.type !== 'progress') continue;
    return Object.fromEntries(Object.entries(event).filter(([name]) => !frame.includes(name)));
  }
  return null;
}

function readTail(file: string): string {
  let handle: number;
  try {
    handle = fs.openSync(file, 'r');
  } catch {
    // Nothing ever ran there.
    return '';
  }
  try {
    const { size } = fs.fstatSync(handle);
    const bytes = Buffer.alloc(Math.min(size, tailBytes));
    fs.readSync(handle, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8');
  } finally {
    fs.closeSync(handle);
  }
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // The first line of the tail may be cut.
    return null;
  }
}
