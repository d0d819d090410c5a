import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { FerryError } from '@cacheferry/kernel';
import { createRandom } from '@cacheferry/testkit';
import { describe, expect, test } from 'vitest';
import { fixtureFiles, fixtures } from './fixture-files.ts';
import { damage, readAof, readRdb } from './fuzz-bytes.ts';

/** Seconds for all readers together; FUZZ_SEED repeats a run. */
const seconds = Number(process.env.FUZZ_SECONDS ?? 60);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000_000);
const finds = path.join(import.meta.dirname, 'finds');
const mostSeconds = 5;

type Reader = { kind: 'rdb' | 'aof'; read: (bytes: Buffer, pieceBytes: number) => number };
const readers: Reader[] = [
  { kind: 'rdb', read: readRdb },
  { kind: 'aof', read: readAof },
];

/** What a reader makes of bytes: a count, or the code of its error. Any other error, or too much time, is a fault. */
function outcome(reader: Reader, bytes: Buffer, pieceBytes: number): number | string {
  const begin = performance.now();
  const found = resultOf(reader, bytes, pieceBytes);
  if (performance.now() - begin > mostSeconds * 1_000) throw new Error(`took more than ${mostSeconds} s`);
  return found;
}

function resultOf({ read }: Reader, bytes: Buffer, pieceBytes: number): number | string {
  try {
    return read(bytes, pieceBytes);
  } catch (error) {
    if (error instanceof FerryError && /^(rdb|aof)\./.test(error.code)) return error.code;
    throw error;
  }
}

function originals(kind: Reader['kind']): Buffer[] {
  return fixtures(kind)
    .filter(({ name }) => !name.includes('corrupt'))
    .flatMap((fixture) => [...fixtureFiles(fixture, `.${kind}`).values()])
    .filter((bytes) => bytes.length > 0 && bytes.length < 300_000)
    .sort((a, b) => a.length - b.length);
}

describe.each(readers)('damaged $kind files', (reader) => {
  test('end with a code of their own, in bounded time and memory, however they come', { timeout: 120_000 }, () => {
    const files = originals(reader.kind);
    expect(files.length).toBeGreaterThan(5);
    const random = createRandom(seed);
    const end = performance.now() + (seconds * 1_000) / readers.length;
    const before = process.memoryUsage.rss();
    let tries = 0;
    for (; performance.now() < end || tries < 100; tries++) {
      const bytes = damage(files[random.below(random.below(files.length) + 1)] as Buffer, random);
      const pieceBytes = 1 + random.below(bytes.length);
      try {
        const whole = outcome(reader, bytes, Math.max(1, bytes.length));
        expect(outcome(reader, bytes, pieceBytes), `in pieces of ${pieceBytes} bytes`).toBe(whole);
      } catch (error) {
        keep(reader.kind, bytes);
        throw new Error(`seed ${seed}, try ${tries}: ${String(error)}`, { cause: error });
      }
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(500 * 1_048_576);
  });

  test.each(kept(reader.kind))('a find of earlier runs, %s', (name) => {
    const bytes = fs.readFileSync(path.join(finds, name));
    const whole = outcome(reader, bytes, Math.max(1, bytes.length));
    for (const pieceBytes of [1, 7, 100]) expect(outcome(reader, bytes, pieceBytes)).toBe(whole);
  });
});

/** Keeps what broke a reader as a fixture, to be committed with its mending. */
function keep(kind: Reader['kind'], bytes: Buffer): void {
  fs.mkdirSync(finds, { recursive: true });
  fs.writeFileSync(path.join(finds, `${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.${kind}`), bytes);
}

function kept(kind: Reader['kind']): string[] {
  return fs.existsSync(finds) ? fs.readdirSync(finds).filter((name) => name.endsWith(`.${kind}`)) : [];
}
