import { describe, expect, test } from 'vitest';
import { FerryError } from '@cacheferry/kernel';
import { PackedParts, type RdbValue, RdbWalker, readValue, ValueDecoder } from '../src/index.ts';
import { asExpected, reduceTo, withScores } from './as-expected.ts';
import { type Fixture, expectedKeys, fixtureFile, fixtureFiles, fixtures } from './fixture-files.ts';

type Found = { db: number; key: string; pttl_at: number | null; idle: number; freq: number; value: RdbValue };

/** Walks a file in windows of `step` bytes, as left-over bytes and more arrive, and decodes each value. */
function walkAll(file: Buffer, step = file.length): { found: Found[]; libraries: string[] } {
  const found: Found[] = [];
  const libraries: string[] = [];
  const walker = new RdbWalker({
    functionLibrary: (source) => libraries.push(source.toString('base64')),
    entry: (entry) =>
      found.push({
        db: entry.db,
        key: entry.key.toString('base64'),
        pttl_at: entry.expireAtMs < 0 ? null : entry.expireAtMs,
        idle: entry.idleSeconds,
        freq: entry.freq,
        value: readValue(entry.type, walker.magic, Buffer.from(entry.value)),
      }),
  });
  let at = 0;
  for (let end = 0; !walker.isDone; ) {
    if (end === file.length) walker.finish();
    end = Math.min(file.length, Math.max(at + walker.needBytes, end + step));
    at = walker.walk(file, at, end);
  }
  return { found, libraries };
}

const inOrder = (a: { db: number; key: string }, b: { db: number; key: string }) =>
  a.db - b.db || Buffer.compare(Buffer.from(a.key, 'base64'), Buffer.from(b.key, 'base64'));
const title = ({ version, name, dir }: Fixture) => `${version} ${name}${dir.includes('/packages/') ? '' : ' (whole)'}`;

const files = fixtures('rdb-').filter(({ name }) => name !== 'rdb-corrupt');

describe.each(files.map((fixture) => [title(fixture), fixture] as const))('%s', (_, fixture) => {
  const file = fixtureFile(fixture, 'dump.rdb') as Buffer;
  const wanted = expectedKeys(fixture);

  test('holds exactly what its server says it holds', () => {
    const { found, libraries } = walkAll(file);
    expect(found.sort(inOrder).map(({ db, key, pttl_at, value }) => [db, key, value.type, pttl_at])).toEqual(
      wanted.map(({ db, key, type, pttl_at }) => [db, key, type, pttl_at]),
    );
    found.forEach(({ value }, i) => {
      const { type, value: expected } = wanted[i]!;
      const decoded = reduceTo(asExpected(value), expected);
      expect(withScores(type, decoded), `key ${wanted[i]!.key}`).toEqual(withScores(type, expected));
    });
    const known = JSON.parse(String(fixtureFile(fixture, 'expected-functions.json') ?? '[]'));
    expect(libraries.sort()).toEqual(known.map((l: { library_code: string }) => l.library_code).sort());
  });

  test('has no value whose packed parts contradict themselves', () => {
    const parts = { REDIS: new PackedParts('REDIS'), VALKEY: new PackedParts('VALKEY') };
    const broken: string[] = [];
    const walker = new RdbWalker({
      entry: ({ type, buffer, valueStart, valueEnd, key }) => {
        if (!parts[walker.magic].isSound(type, buffer, valueStart, valueEnd)) broken.push(`${type} ${key}`);
      },
    });
    walker.walk(file, 0, file.length);
    walker.finish();
    expect(broken).toEqual([]);
  });

  test('keeps idle time and frequency where they are recorded', () => {
    for (const [i, { idle, freq, value }] of walkAll(file).found.sort(inOrder).entries()) {
      const isSharedInteger = value.type === 'string' && /^\d{1,4}$/.test(value.text.toString());
      if (isSharedInteger) continue;
      const expected = wanted[i]!;
      if (expected.freq !== undefined) expect(freq).toBe(expected.freq);
      if (expected.idle !== undefined) expect(Math.abs(idle - expected.idle)).toBeLessThanOrEqual(2);
    }
  });

  test('gives the same however the bytes arrive', () => {
    const whole = print(walkAll(file).found);
    for (const step of file.length < 20_000 ? [1, 13] : [509, 65_536]) {
      expect(print(walkAll(file, step).found) === whole, `windows of ${step} bytes`).toBe(true);
    }
  });

  test('gives the same elements when values arrive in small parts', () => {
    const values = new Map<string, unknown[]>();
    let decoder: ValueDecoder | undefined;
    const lines: unknown[] = [];
    const sink = new Proxy(
      {},
      {
        get: (_target, name) =>
          name === 'streamParts' ? undefined : (...args: unknown[]) => lines.push(print([name, ...args])),
      },
    ) as ConstructorParameters<typeof ValueDecoder>[2];
    const walker = new RdbWalker(
      {
        entry: (entry) => {
          new ValueDecoder(entry.type, walker.magic, sink).feed(entry.buffer, entry.valueStart, entry.valueEnd, true);
          values.set(`${entry.db} ${entry.key.toString('base64')}`, lines.splice(0));
        },
        entryPart: (entry, index, isLast) => {
          if (index === 0) decoder = new ValueDecoder(entry.type, walker.magic, sink);
          decoder?.feed(entry.buffer, entry.valueStart, entry.valueEnd, isLast);
          if (isLast) values.set(`${entry.db} ${entry.key.toString('base64')}`, lines.splice(0));
        },
      },
      { partBytes: 64 },
    );
    let window = Buffer.alloc(0);
    for (let end = 0; !walker.isDone; ) {
      const size = Math.max(walker.needBytes - window.length, 50);
      window = Buffer.concat([window, file.subarray(end, end + size)]);
      end += size;
      const rest = walker.walk(window, 0, window.length);
      window = Buffer.from(window.subarray(rest));
    }
    const once = new Map<string, unknown[]>();
    const plain = new RdbWalker({
      entry: (entry) => {
        new ValueDecoder(entry.type, plain.magic, sink).feed(entry.buffer, entry.valueStart, entry.valueEnd, true);
        once.set(`${entry.db} ${entry.key.toString('base64')}`, lines.splice(0));
      },
    });
    plain.walk(file, 0, file.length);
    expect(print([...values]) === print([...once])).toBe(true);
  });
});

function print(value: unknown): string {
  return JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? String(v) : v));
}

describe('damaged files', () => {
  const damaged = fixtures('rdb-corrupt').flatMap((fixture) =>
    [...fixtureFiles(fixture, '.rdb')]
      .filter(([name]) => name !== 'good.rdb')
      .map(([name, file]) => [`${title(fixture)} ${name}`, name, file] as const),
  );

  test.each(damaged)('%s ends in an error that names the place, or is whole up to its end', (_, name, file) => {
    const error = thrownBy(() => walkAll(file));
    if (name === 'trailing-garbage.rdb') return expect(error).toBeUndefined();
    expect(error).toBeInstanceOf(FerryError);
    expect((error as FerryError).code).toMatch(/^rdb\./);
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}
