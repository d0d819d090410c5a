import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { removeDir, startRedis, tempDir } from '@cacheferry/testkit';
import { expect, test } from 'vitest';
import { RdbFileEncoder, RdbWalker } from '../src/index.ts';
import { type Expected, expectedKeys, fixtureFile, fixtures } from './fixture-files.ts';

const readable = fixtures('rdb-full').filter(
  ({ version, dir }) => dir.includes('/packages/') && /^redis-(5|6|7\.0)/.test(version),
);

test.each(readable.map((fixture) => [fixture.version, fixture] as const))(
  'a file of %s that is written again is clean for the check tool and loads whole',
  async (_, fixture) => {
    const file = fixtureFile(fixture, 'dump.rdb') as Buffer;
    const pieces: Buffer[] = [];
    let encoder: RdbFileEncoder | undefined;
    const walker = new RdbWalker({
      header: (magic, version) => {
        encoder = new RdbFileEncoder(magic, version);
      },
      aux: (key, value) => encoder?.aux(key, value),
      resizeDb: (db, keys, expires) => encoder?.resizeDb(db, keys, expires),
      functionLibrary: (source) => encoder?.functionLibrary(source),
      entry: (entry) => {
        encoder?.key(entry);
        // Taken in the middle too, as a writer to disk does.
        if ((encoder?.length ?? 0) > 10_000) pieces.push(encoder?.take() as Buffer);
      },
      end: () => encoder?.end(),
    });
    walker.walk(file, 0, file.length);
    pieces.push((encoder as RdbFileEncoder).take());
    const dir = tempDir('encoded');
    writeFileSync(path.join(dir, 'dump.rdb'), Buffer.concat(pieces));
    expect(execFileSync('redis-check-rdb', [path.join(dir, 'dump.rdb')], { encoding: 'utf8' })).toContain(
      'Checksum OK',
    );
    const server = await startRedis({ dir });
    try {
      const wanted = expectedKeys(fixture);
      const databases = [...new Set(wanted.map(({ db }) => db))];
      for (const db of databases) {
        const client = server.connect({ db });
        expect(await client.dbsize()).toBe(wanted.filter((key) => key.db === db).length);
      }
      const strings = wanted.filter(
        (key): key is Expected & { value: string } => key.type === 'string' && key.db === 0,
      );
      for (const { key, value, pttl_at } of strings) {
        const name = Buffer.from(key, 'base64');
        expect((await server.client.getBuffer(name))?.toString('base64')).toBe(value);
        if (pttl_at !== null) expect(await server.client.pexpiretime(name)).toBe(pttl_at);
      }
    } finally {
      await server.stop();
      removeDir(dir);
    }
  },
);
