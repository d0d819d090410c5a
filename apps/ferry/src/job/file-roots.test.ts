import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEndpointUrl } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { afterAll, describe, expect, test } from 'vitest';
import { requireInRoots } from './file-roots.ts';

const base = mkdtempSync(path.join(tmpdir(), 'roots-'));
const [root, outside] = [path.join(base, 'root'), path.join(base, 'root-other')];
mkdirSync(root);
mkdirSync(outside);
writeFileSync(path.join(outside, 'a.rdb'), '');
for (const [name, folder] of [
  ['in', root],
  ['out', outside],
] as const)
  writeFileSync(path.join(root, `${name}.yml`), `a:\n  redis: true\n  servers:\n   - ${folder}/r.sock:1 one\n`);
symlinkSync(path.join(outside, 'a.rdb'), path.join(root, 'link.rdb'));
symlinkSync(outside, path.join(root, 'folder'));
afterAll(() => rmSync(base, { recursive: true }));

const codeOf = (url: string, roots: string[] | null = [root]) => {
  try {
    requireInRoots(parseEndpointUrl(url), roots);
    return null;
  } catch (error) {
    return (error as FerryError).code;
  }
};

describe('the folders that files may lie in', () => {
  test.each([
    ['a file inside', `rdb:${root}/a.rdb`, null],
    ['a new file inside', `rdb:${root}/new/b.rdb`, null],
    ['the folder itself', `aof:${root}`, null],
    ['a server', 'redis://127.0.0.1:6379', null],
    ['a file outside', `rdb:${outside}/a.rdb`, 'config.path_forbidden'],
    ['one of several outside', `rdb:${root}/a.rdb,${outside}/a.rdb`, 'config.path_forbidden'],
    ['a way back', `aof:${root}/../root-other/a.rdb`, 'config.path_forbidden'],
    ['a link to a file outside', `rdb:${root}/link.rdb`, 'config.path_forbidden'],
    ['a new file behind a link to a folder outside', `rdb:${root}/folder/new.rdb`, 'config.path_forbidden'],
    ['a socket inside', `redis+unix://${root}/r.sock`, null],
    ['a socket outside', `redis+unix://${outside}/r.sock`, 'config.path_forbidden'],
    ['a pool with a socket inside', `twemproxy:${root}/in.yml`, null],
    ['a pool with a socket outside', `twemproxy:${root}/out.yml`, 'config.path_forbidden'],
    ['a pool outside', `twemproxy:${outside}/n.yml?pool=a`, 'config.path_forbidden'],
  ])('%s', (_, url, code) => expect(codeOf(url)).toBe(code));

  test('are all, where none is named', () => expect(codeOf(`rdb:${outside}/a.rdb`, null)).toBe(null));
});
