import type { Clock } from '@cacheferry/kernel';
import { bothServers, type Check, type Finding } from '../check.ts';
import type { End } from '../end.ts';
import { formatMs } from '../units.ts';

/** Clocks of source, target and this machine: a difference moves the moment at which keys expire. */
export const machineClock: Check = {
  id: 'machine.clock',
  scope: 'machine',
  outcomes: {
    same: { status: 'pass', message: 'The clocks are at most {skew} apart' },
    skewed: {
      status: 'warn',
      message: 'The clocks of {a} and {b} are {skew} apart: times to live are off by as much',
      fix: 'Set both by NTP.',
    },
    far_apart: {
      status: 'fail',
      message: 'The clocks of {a} and {b} are {skew} apart: keys would expire at the wrong time',
      fix: 'Set both by NTP, then ask again.',
      overridable: true,
    },
    unknown: { status: 'pass', message: 'The servers do not tell their time' },
  },
  applies: bothServers,
  run: async ({ source, target, clock }) => {
    const readings = [
      { name: 'this machine', offsetMs: 0 },
      ...(await read(source, clock)),
      ...(await read(target, clock)),
    ];
    return judgeClocks(readings);
  },
};

export type ClockReading = { name: string; offsetMs: number };

/** `offsetMs`: how far a clock is ahead of this machine's. */
export function judgeClocks(readings: readonly ClockReading[]): Finding {
  if (readings.length < 2) return { outcome: 'unknown', observed: 'unknown', expected: '500 ms or less' };
  const sorted = [...readings].sort((a, b) => a.offsetMs - b.offsetMs);
  const [first, last] = [sorted[0] as ClockReading, sorted.at(-1) as ClockReading];
  const skewMs = last.offsetMs - first.offsetMs;
  const outcome = skewMs > 30_000 ? 'far_apart' : skewMs > 500 ? 'skewed' : 'same';
  const facts = { a: first.name, b: last.name, skew: formatMs(skewMs), skewMs: Math.round(skewMs) };
  return { outcome, observed: facts.skew, expected: '500 ms or less', facts };
}

/** Half of the round trip is taken off, and servers that do not tell their time are left out. */
async function read(end: End, clock: Clock): Promise<ClockReading[]> {
  const readings = await Promise.all(
    (await end.nodes()).map(async (node) => {
      await node.connection();
      const before = clock.now();
      const start = clock.monotonic();
      const reply = await node.ask('TIME');
      const roundTripMs = clock.monotonic() - start;
      if (!Array.isArray(reply)) return null;
      const serverMs = Number(String(reply[0])) * 1_000 + Number(String(reply[1])) / 1_000;
      return { name: node.name, offsetMs: serverMs - (before + roundTripMs / 2) };
    }),
  );
  return readings.filter((reading) => reading !== null);
}
