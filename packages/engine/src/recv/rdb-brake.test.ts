import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@cacheferry/kernel';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RdbBrake } from './rdb-brake.ts';
import { Spool } from './spool.ts';

const mib = 1024 * 1024;
let dir: string;
let nowMs: number;
let spool: Spool;
let brake: RdbBrake;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'brake-'));
  nowMs = 1_000;
  const clock = { ...systemClock, monotonic: () => nowMs };
  const settings = { dir, shard: '0', maxBytes: 1e12, retainMs: 0, retainBytes: 1e12 };
  spool = new Spool(settings, { clock, log: silentLogger });
  brake = new RdbBrake(spool, clock);
  spool.beginFullSync('a'.repeat(40), 7, 'first');
});
afterEach(async () => {
  await spool.close();
  rmSync(dir, { recursive: true, force: true });
});

const receive = (phase: 'rdb' | 'stream', count: number) => spool.append(phase, Buffer.alloc(count * mib));

test('holds an RDB that runs ahead until its reader has come nearer', () => {
  receive('rdb', 4);
  expect(brake.holds()).toBe(false);
  receive('rdb', 1);
  expect(brake.holds()).toBe(true);
  spool.tail.find('rdb', mib);
  expect(brake.holds()).toBe(true);
  spool.tail.find('rdb', 2 * mib);
  expect(brake.holds()).toBe(false);
  receive('rdb', 1);
  expect(brake.holds()).toBe(false);
});

test('lets go for good some seconds after it first held, and holds again in the next full sync', () => {
  receive('rdb', 5);
  expect(brake.holds()).toBe(true);
  nowMs += 4_999;
  expect(brake.holds()).toBe(true);
  nowMs += 1;
  expect(brake.holds()).toBe(false);
  spool.tail.find('rdb', 5 * mib);
  receive('rdb', 20);
  expect(brake.holds()).toBe(false);
  spool.beginFullSync('a'.repeat(40), 9, 'source_changed');
  spool.tail.find('rdb', 0);
  receive('rdb', 5);
  expect(brake.holds()).toBe(true);
});

test('never holds a stream, nor an RDB that is all here', () => {
  receive('rdb', 5);
  spool.endRdb();
  expect(brake.holds()).toBe(false);
  receive('stream', 20);
  expect(brake.holds()).toBe(false);
});
