import { describe, expect, test } from 'vitest';
import { firstCheckpoint, PlannedCheckpoint } from './planned-checkpoint.ts';

const start = firstCheckpoint({ replicationId: 'id', offset: 1_000 }, 'rdb');
const step = (at: number, keys = 1) => ({ phase: 'rdb' as const, at, db: 0, keys });

describe('the planned checkpoint', () => {
  test('says of each batch what it reaches and what was surely seen before it', () => {
    const planned = new PlannedCheckpoint(start);
    expect(planned.advance(step(10, 5))).toMatchObject({ at: 10, seenAt: 0, keysDone: 5 });
    expect(planned.advance(step(30, 2))).toMatchObject({ at: 30, seenAt: 10, keysDone: 7 });
  });

  test('keeps doubtful what a lost batch may have written until it is passed again', () => {
    const planned = new PlannedCheckpoint({ ...start, at: 100, seenAt: 60, keysDone: 50 });
    expect(planned.doubtfulUntil).toBe(100);
    expect(planned.advance(step(80, 0))).toMatchObject({ at: 100, seenAt: 60 });
    expect(planned.advance(step(120, 3))).toMatchObject({ at: 120, seenAt: 80, keysDone: 53 });
  });

  test('counts positions anew in the stream', () => {
    const planned = new PlannedCheckpoint({ ...start, at: 5_000, seenAt: 4_000 });
    const stream = planned.advance({ phase: 'stream', at: 1_000, db: 0, keys: 0 });
    expect(stream).toMatchObject({ phase: 'stream', at: 1_000, seenAt: 1_000 });
    expect(planned.advance({ phase: 'stream', at: 1_200, db: 3, keys: 0 })).toMatchObject({
      at: 1_200,
      seenAt: 1_000,
      db: 3,
    });
  });

  test('books losses and keys that were counted too early', () => {
    const planned = new PlannedCheckpoint(start);
    planned.advance(step(10, 5));
    planned.takeBack(2, 1);
    planned.addLost('module', 1);
    planned.addLost('module', 2);
    expect(planned.advance(step(20, 0))).toMatchObject({ keysDone: 3, keysSkipped: 1, lost: { module: 3 } });
  });
});
