import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** What a real server said of one key after it had loaded the file. Strings are base64. */
export type Expected = {
  db: number;
  key: string;
  type: string;
  pttl_at: number | null;
  idle?: number;
  freq?: number;
  value: unknown;
};

export type Fixture = { version: string; name: string; dir: string };

const own = join(import.meta.dirname, 'fixtures');
const whole = join(import.meta.dirname, '../../../../shared/fixtures/redis');

/** The fixtures whose name begins so: those beside this file and, where it is there, the whole collection. */
export function fixtures(prefix: string): Fixture[] {
  return [own, whole].filter(existsSync).flatMap((root) =>
    readdirSync(root)
      .filter((version) => /^(redis|valkey)-/.test(version))
      .flatMap((version) =>
        readdirSync(join(root, version))
          .filter((name) => name.startsWith(prefix))
          .map((name) => ({ version, name, dir: join(root, version, name) })),
      ),
  );
}

/** A file of a fixture, unpacked when it is kept packed; `undefined` when it is not there. */
export function fixtureFile(fixture: Fixture, name: string): Buffer | undefined {
  const path = join(fixture.dir, name);
  if (existsSync(path)) return readFileSync(path);
  return existsSync(`${path}.gz`) ? gunzipSync(readFileSync(`${path}.gz`)) : undefined;
}

/** All files of a fixture with this ending, by name. */
export function fixtureFiles(fixture: Fixture, ending: string, folder = ''): Map<string, Buffer> {
  const names = readdirSync(join(fixture.dir, folder)).map((name) => name.replace(/\.gz$/, ''));
  return new Map(
    names
      .filter((name) => name.endsWith(ending))
      .map((name) => [name, fixtureFile(fixture, join(folder, name)) as Buffer]),
  );
}

/** What a decoder must find: all that is in the file, expired keys too. */
export function expectedKeys(fixture: Fixture): Expected[] {
  const lines = fixtureFile(fixture, 'expected-all.jsonl') ?? fixtureFile(fixture, 'expected.jsonl');
  return String(lines)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Expected);
}
