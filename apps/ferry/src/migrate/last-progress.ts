import { readTail } from '../read-tail.ts';

const tailBytes = 1024 * 1024;
/** What an event has beside the snapshot. */
const frame: readonly string[] = ['seq', 'at', 'type'];

/** The newest progress that an event file holds near its end, as a snapshot; null when there is none. */
export function lastProgress(eventsFile: string): Record<string, unknown> | null {
  const lines = readTail(eventsFile, tailBytes).split('\n').slice(0, -1);
  for (const line of lines.reverse()) {
    const event = parse(line);
    if (event?.type !== 'progress') continue;
    return Object.fromEntries(Object.entries(event).filter(([name]) => !frame.includes(name)));
  }
  return null;
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // The first line of the tail may be cut.
    return null;
  }
}
