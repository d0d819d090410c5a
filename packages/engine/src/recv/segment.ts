import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  isPayloadWhole,
  isSegmentHead,
  maxPayloadBytes,
  readRecordHead,
  recordHeadBytes,
  segmentHeadBytes,
} from './record.ts';
import type { SpoolPosition } from './receiver.ts';

export type Phase = SpoolPosition['phase'];

/** Where a record lies in its segment and when it came; one is kept for each 256 KiB or 250 ms. */
export type Mark = { at: number; fileAt: number; receivedAtMs: number };

/** One file of the spool: records of one phase, from position `start` to `end`, without a gap. */
export type Segment = {
  generation: number;
  phase: Phase;
  start: number;
  end: number;
  path: string;
  /** Bytes of the file that hold whole records. */
  fileBytes: number;
  marks: Mark[];
  /** When the target was first known to contain all of it; null before. */
  doneAtMs: number | null;
};

const markEveryBytes = 256 * 1024;
const markEveryMs = 250;
const maxMarks = 8_192;

/** A segment that holds nothing yet. */
export function newSegment(dir: string, generation: number, phase: Phase, start: number): Segment {
  const path = join(dir, `${generation}-${phase}-${start}.seg`);
  return { generation, phase, start, end: start, path, fileBytes: segmentHeadBytes, marks: [], doneAtMs: null };
}

/** Notes where a record begins, unless the last note is near. */
export function addMark(segment: Segment, mark: Mark): void {
  const last = segment.marks[segment.marks.length - 1];
  if (last && mark.at - last.at < markEveryBytes && mark.receivedAtMs - last.receivedAtMs < markEveryMs) return;
  segment.marks.push(mark);
  if (segment.marks.length > maxMarks) segment.marks = segment.marks.filter((_, index) => index % 2 === 0);
}

/** The last noted record that begins at or before a position. */
export function markBefore(segment: Segment, at: number): Mark {
  const { marks } = segment;
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle] as Mark).at <= at) low = middle + 1;
    else high = middle;
  }
  return marks[low - 1] ?? { at: segment.start, fileAt: segmentHeadBytes, receivedAtMs: 0 };
}

/** The segments of a generation that lie in a folder, by phase and start; and the files that belong to none. */
export function listSegments(dir: string, generation: number): { segments: Segment[]; strangers: string[] } {
  const segments: Segment[] = [];
  const strangers: string[] = [];
  for (const name of readdirSync(dir)) {
    const match = /^(\d+)-(rdb|stream)-(\d+)\.seg$/.exec(name);
    if (!match) continue;
    if (Number(match[1]) === generation)
      segments.push(newSegment(dir, generation, match[2] as Phase, Number(match[3])));
    else strangers.push(join(dir, name));
  }
  segments.sort((a, b) => (a.phase === b.phase ? a.start - b.start : a.phase === 'rdb' ? -1 : 1));
  return { segments, strangers };
}

/**
 * Reads a segment of an earlier process and fills in how far it is whole: heads and checksums of every record are
 * checked, and what lies behind the first damaged one counts as not there.
 */
export function measureSegment(segment: Segment): void {
  const buffer = Buffer.allocUnsafe(2 * (maxPayloadBytes + recordHeadBytes));
  const size = statSync(segment.path).size;
  const file = openSync(segment.path, 'r');
  try {
    const head = buffer.subarray(0, readSync(file, buffer, 0, segmentHeadBytes, 0));
    if (!isSegmentHead(head, segment)) {
      segment.fileBytes = 0;
      return;
    }
    for (let fileAt = segmentHeadBytes; fileAt < size; ) {
      const step = walk(segment, buffer.subarray(0, readSync(file, buffer, 0, buffer.length, fileAt)), fileAt);
      if (step === 0) return;
      fileAt += step;
    }
  } finally {
    closeSync(file);
  }
}

/** Walks whole records of a window and returns how many bytes they took. */
function walk(segment: Segment, window: Buffer, fileAt: number): number {
  let offset = 0;
  for (;;) {
    const head = readRecordHead(window, offset);
    if (!head || head.at !== segment.end || window.length < offset + recordHeadBytes + head.length) return offset;
    if (!isPayloadWhole(window, offset, head.length)) return offset;
    addMark(segment, { at: head.at, fileAt: fileAt + offset, receivedAtMs: head.receivedAtMs });
    offset += recordHeadBytes + head.length;
    segment.end += head.length;
    segment.fileBytes = fileAt + offset;
  }
}
