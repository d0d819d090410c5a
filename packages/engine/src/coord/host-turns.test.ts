import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@cacheferry/kernel';
import { afterEach, describe, expect, test } from 'vitest';
import { HostTurns } from './host-turns.ts';

const roots: string[] = [];
const newRoot = () => {
  const root = mkdtempSync(join(tmpdir(), 'turns-'));
  roots.push(root);
  return root;
};
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

const engine = (root: string, name: string) =>
  new HostTurns(join(root, name), { clock: systemClock, log: silentLogger });
const live = new AbortController().signal;

describe('engines whose state directories lie side by side', () => {
  test('snapshot a host one after the other, however it is called, and other hosts at once', async () => {
    const root = newRoot();
    const [one, other] = [engine(root, 'a'), engine(root, 'b')];
    const told: string[] = [];
    const endFirst = await one.take('127.0.0.1', live);
    const second = other.take('localhost', live).then((end) => {
      told.push('second');
      end();
    });
    (await other.take('192.0.2.1', live))();
    told.push('other host');
    endFirst();
    await second;
    expect(told).toEqual(['other host', 'second']);
  });

  test('give up with the reason that they were stopped with', async () => {
    const root = newRoot();
    const end = await engine(root, 'a').take('/run/redis.sock', live);
    const gone = new AbortController();
    const waiting = engine(root, 'b').take('127.0.0.1', gone.signal);
    gone.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    end();
    (await engine(root, 'b').take('127.0.0.1', live))();
  });

  test('do not wait for each other where anybody may write', () => {
    expect(new HostTurns(join(tmpdir(), 'a'), { clock: systemClock, log: silentLogger }).isShared).toBe(false);
    expect(engine(newRoot(), 'a').isShared).toBe(true);
  });
});
