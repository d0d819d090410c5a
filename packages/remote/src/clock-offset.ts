import type { Clock } from '@cacheferry/kernel';
import { FerryError } from '@cacheferry/kernel';
import { drain, type OpenChannel } from './channel.ts';
import { unlessAborted, within } from './within.ts';

type Sample = { sentAt: number; roundTripMs: number; digits: string };
export type ClockOffset = { clockOffsetMs: number; roundTripMs: number };

const script = 'while read -r _; do date +%s%N; done';
const samples = 5;
const limitMs = 10_000;

/**
 * A machine's clock minus ours, corrected by half of the shortest of some round trips over one open channel.
 * Where `date` knows no nanoseconds (busybox, macOS), it asks until the second turns over.
 */
export function measureClock(
  open: OpenChannel,
  host: string,
  clock: Clock,
  signal?: AbortSignal,
): Promise<ClockOffset> {
  const onTimeout = () =>
    new FerryError('machine.timeout', { host, seconds: limitMs / 1000, step: 'reading the clock' });
  return within({ ms: limitMs, signal, onTimeout }, async (limit) => {
    const channel = await open(['sh', '-c', script], { signal: limit, hasInput: true });
    try {
      const ask = asker(channel, clock);
      const taken: Sample[] = [];
      for (let n = 0; n < samples; n++) taken.push(await unlessAborted(ask(), limit));
      const first = taken[0]?.digits ?? '';
      if (!/^\d{10}/.test(first)) throw new FerryError('machine.protocol', { host, reason: 'its date is no number' });
      if (/^\d{19}$/.test(first)) return best(taken);
      while (taken.at(-1)?.digits === first) taken.push(await unlessAborted(ask(), limit));
      return turn(taken);
    } finally {
      channel.stdin.end();
      drain(channel.stdout, channel.stderr);
      channel.abandon();
    }
  });
}

function asker(channel: Awaited<ReturnType<OpenChannel>>, clock: Clock): () => Promise<Sample> {
  let rest = '';
  let answer: (line: string) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  channel.stdout.on('data', (bytes: Buffer) => {
    rest = (rest + bytes.toString('latin1')).slice(-200);
    const feed = rest.indexOf('\n');
    if (feed < 0) return;
    const line = rest.slice(0, feed);
    rest = rest.slice(feed + 1);
    answer(line);
  });
  channel.stderr.resume();
  const over = (error?: unknown) =>
    fail(error ?? new FerryError('machine.link_lost', { host: '', reason: 'it ended' }));
  channel.ended.then(() => over(), over);
  return async () => {
    const sentAt = clock.now();
    const start = clock.monotonic();
    const line = await new Promise<string>((resolve, reject) => {
      answer = resolve;
      fail = reject;
      channel.stdin.write('\n');
    });
    return { sentAt, roundTripMs: clock.monotonic() - start, digits: line.replace(/\D+$/, '') };
  };
}

function best(taken: Sample[]): ClockOffset {
  const shortest = taken.reduce((a, b) => (b.roundTripMs < a.roundTripMs ? b : a));
  return offsetOf(shortest, Number(shortest.digits.slice(0, 13)));
}

/** The second that has just turned over began at the moment of its first sample. */
function turn(taken: Sample[]): ClockOffset {
  const last = taken.at(-1) ?? { sentAt: 0, roundTripMs: 0, digits: '0' };
  return offsetOf(last, Number(last.digits) * 1000);
}

function offsetOf(sample: Sample, theirMs: number): ClockOffset {
  const clockOffsetMs = Math.round(theirMs - (sample.sentAt + sample.roundTripMs / 2));
  return { clockOffsetMs, roundTripMs: Math.round(sample.roundTripMs * 10) / 10 };
}
