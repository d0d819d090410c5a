import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineEvent } from '@cacheferry/contract';
import { FerryError, systemClock } from '@cacheferry/kernel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EventLog } from './event-log.ts';

let dir = '';
let path = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'events-'));
  path = join(dir, 'events.jsonl');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = (onLine?: (line: string) => void) =>
  new EventLog(path, { clock: systemClock, ...(onLine ? { onLine } : {}) });
const events = () =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => EngineEvent.parse(JSON.parse(line)));

describe('the event log', () => {
  test('numbers events from 1 without a gap, over restarts too', () => {
    for (let run = 0; run < 3; run++) {
      const log = open();
      log.append({ type: 'phase', phase: 'full_sync' });
      log.logger({ shard: '0' }).warn('Something', { code: 'x.y' });
      log.error(new FerryError('endpoint.timeout', { endpoint: 'h:1' }), { fatal: false });
      log.close();
    }
    expect(events().map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test.each([
    ['a torn last line', '{"seq":5,"at":"20'],
    ['a last line without its end', '{"seq":5,"type":"log"}'],
    ['a line break in a torn line', '{"seq":\n{"se'],
    ['bytes of zero, as a crash of the machine leaves', '\0\0\0\0\0'],
  ])('%s costs no number and stops nothing', (_, tail) => {
    const first = open();
    for (let n = 0; n < 4; n++) first.append({ type: 'log', level: 'info', msg: 'm' });
    first.close();
    appendFileSync(path, tail);
    const log = open();
    log.append({ type: 'phase', phase: 'p' });
    log.close();
    const last = JSON.parse(readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) ?? '') as { seq: number };
    expect(last.seq).toBe(tail.includes('\n') ? 6 : 5);
  });

  test('a file of one endless line is cut, one of lines that are no events is counted', () => {
    writeFileSync(path, 'x'.repeat(1_000_000));
    let log = open();
    log.append({ type: 'phase', phase: 'p' });
    log.close();
    expect(events().map((event) => event.seq)).toEqual([1]);
    writeFileSync(path, 'no\n'.repeat(30_000));
    log = open();
    expect(log.seq).toBe(30_000);
    log.close();
  });

  test.each([
    ['takes no more bytes', '/dev/full', 'host.disk_full', 0],
    ['takes bytes, and fails to keep them', '/dev/null', 'host.file_failed', 1],
  ])('a disk that %s is trouble, and no end of the run', (_, device, code, seq) => {
    symlinkSync(device, path);
    const told: (FerryError | null)[] = [];
    const log = new EventLog(path, { clock: systemClock, onTrouble: (error) => told.push(error) });
    log.append({ type: 'phase', phase: 'p' });
    expect(log.trouble?.code).toBe(code);
    expect(told.map((error) => error?.code)).toEqual([code]);
    expect(log.seq).toBe(seq);
    log.flush();
    expect(log.trouble).not.toBeNull();
    log.close();
  });

  test('every line fits into 64 KiB and says when it was cut', () => {
    const log = open();
    log.append({ type: 'log', level: 'info', msg: 'x'.repeat(200_000) });
    log.append({
      type: 'progress',
      state: 's',
      phase: 'p',
      shards: Array.from({ length: 5_000 }, (_, id) => ({ id, source: 'y'.repeat(50) })),
    });
    log.close();
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => line.length < 65_536 && line.includes('"truncated":true'))).toEqual([true, true]);
  });

  test('a storm of log lines is folded, and no other event is', () => {
    const log = open();
    const logger = log.logger();
    for (let n = 0; n < 5_000; n++) logger.info('again');
    for (let n = 0; n < 100; n++) log.append({ type: 'ack', command: 'pause', id: 'x', ok: true });
    log.close();
    const all = events();
    expect(all.filter((event) => event.type === 'ack')).toHaveLength(100);
    const logs = all.filter((event) => event.type === 'log');
    expect(logs.length).toBeLessThan(300);
    const folded = logs.reduce((sum, event) => sum + Number(event.folded ?? 0), 0);
    expect(folded + logs.filter((event) => event.folded === undefined).length).toBe(5_000);
  });

  test('progress in which nothing happened is noted seldom, any change at once', () => {
    const log = open();
    for (let n = 0; n < 100; n++)
      log.append({ type: 'progress', state: 'incremental_sync', phase: 'p', keysDone: 1, rssBytes: n });
    log.append({ type: 'progress', state: 'incremental_sync', phase: 'p', keysDone: 2 });
    log.append({ type: 'progress', state: 'paused', phase: 'p', keysDone: 2 });
    log.close();
    expect(events()).toHaveLength(3);
  });

  test('what is written is told line by line, after it is in the file', () => {
    const told: string[] = [];
    const log = open((line) => {
      expect(readFileSync(path, 'utf8')).toContain(line);
      told.push(line);
    });
    log.append({ type: 'log', level: 'info', msg: 'a' });
    log.append({ type: 'phase', phase: 'b' });
    expect(told.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual([1, 2]);
    log.close();
  });
});
