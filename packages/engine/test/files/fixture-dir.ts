import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { tempDir } from '@cacheferry/testkit';
import type { Fixture } from '../../../rdb/test/fixture-files.ts';

/** The files of a fixture as the server wrote them, in a folder of their own. */
export function unpackFixture({ dir }: Fixture, to = tempDir('fixture')): string {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const from = path.join(dir, entry.name);
    if (entry.isDirectory()) unpackFixture({ dir: from, version: '', name: '' }, path.join(to, entry.name));
    else if (entry.name.endsWith('.gz'))
      writeFileSync(path.join(to, entry.name.slice(0, -3)), gunzipSync(readFileSync(from)));
    else copyFileSync(from, path.join(to, entry.name));
  }
  return to;
}

/** The URL of what a fixture holds: its RDB, its AOF or its appendonlydir. */
export function sourceOf(dir: string): string {
  const names = readdirSync(dir);
  if (names.includes('dump.rdb')) return `rdb:${path.join(dir, 'dump.rdb')}`;
  return `aof:${path.join(dir, names.includes('appendonlydir') ? 'appendonlydir' : 'appendonly.aof')}`;
}
