import { describe, expect, test } from 'vitest';
import { FullSyncTurns } from './full-sync-turns.ts';

describe('turns of full syncs', () => {
  test('come one after the other on a host, at once on another, and one that gives up holds nobody', async () => {
    const turns = new FullSyncTurns();
    const told: string[] = [];
    const live = new AbortController().signal;
    const gone = new AbortController();
    const endFirst = await turns.take('a', live);
    const second = turns.take('a', gone.signal);
    const third = turns.take('a', live).then((end) => {
      told.push('third');
      end();
    });
    (await turns.take('b', live))();
    told.push('other host');
    gone.abort(new Error('stopped'));
    await expect(second).rejects.toThrow('stopped');
    told.push('first ends');
    endFirst();
    await third;
    expect(told).toEqual(['other host', 'first ends', 'third']);
  });
});
