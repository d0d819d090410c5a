import type { EngineEvent } from '@cacheferry/contract';
import { systemClock } from '@cacheferry/kernel';
import { waitFor } from '@cacheferry/testkit';
import { describe, expect, test } from 'vitest';
import { EventIntake } from './event-intake.ts';

const log = (seq: number): EngineEvent => ({
  seq,
  at: '2026-01-01T00:00:00.000Z',
  type: 'log',
  level: 'info',
  msg: 'x',
});
const phase = (seq: number): EngineEvent => ({ seq, at: '2026-01-01T00:00:00.000Z', type: 'phase', phase: 'x' });
const from = (first: number, count: number) => Array.from({ length: count }, (_, index) => log(first + index));

describe('events', () => {
  test('are stored in order, at most 500 at once', async () => {
    const stored: number[][] = [];
    const intake = new EventIntake(async (events) => void stored.push(events.map(({ seq }) => seq)), systemClock);
    await intake.add(from(1, 700));
    await intake.add(from(701, 600));
    await intake.flush();
    expect(stored.flat()).toEqual(from(1, 1300).map(({ seq }) => seq));
    expect(Math.max(...stored.map(({ length }) => length))).toBeLessThanOrEqual(500);
  });

  test('of the log wait for others a moment, those that change something do not', async () => {
    const stored: number[] = [];
    const intake = new EventIntake(async (events) => void stored.push(events.length), systemClock);
    await intake.add([log(1)]);
    await intake.add([log(2)]);
    expect(stored).toEqual([]);
    await waitFor(() => stored.length > 0, { what: 'the first batch' });
    await intake.add([log(3), phase(4)]);
    expect(stored).toEqual([2, 2]);
  });

  test('that cannot be stored stop everything behind them', async () => {
    const stored: number[] = [];
    const store = async (events: EngineEvent[]) => {
      if (events.some(({ seq }) => seq === 2)) throw new Error('database away');
      stored.push(...events.map(({ seq }) => seq));
    };
    const intake = new EventIntake(store, systemClock);
    await intake.add([phase(1)]);
    await expect(intake.add([phase(2)])).rejects.toThrow('database away');
    await expect(intake.add([phase(3)])).rejects.toThrow('database away');
    await expect(intake.flush()).rejects.toThrow('database away');
    expect(stored).toEqual([1]);
  });
});
