import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import mayImport from './may-import.cjs';

const root = path.resolve(import.meta.dirname, '../../..');
const allowed: Record<string, string[]> = mayImport;
const homes = ['packages', 'apps'].flatMap((folder) =>
  fs.readdirSync(path.join(root, folder)).map((name) => [folder, name] as const),
);
type PackageFile = { name: string; dependencies?: Record<string, string>; devDependencies?: Record<string, string> };
const read = (home: string): PackageFile =>
  JSON.parse(fs.readFileSync(path.join(root, home, 'package.json'), 'utf8')) as PackageFile;
const ours = (list: Record<string, string> = {}): string[] =>
  Object.keys(list).flatMap((name) => (name.startsWith('@cacheferry/') ? [name.slice('@cacheferry/'.length)] : []));

describe.each(homes.filter(([, name]) => name !== 'tooling'))('%s/%s', (folder, name) => {
  const home = `${folder}/${name}`;
  const key = folder === 'apps' ? home : name;

  test('has a row in the table of who may import whom', () => {
    expect(Object.keys(allowed)).toContain(key);
    expect(read(home).name).toBe(`@cacheferry/${name}`);
  });

  test('asks for no other package of ours than its row allows', () => {
    const { dependencies, devDependencies } = read(home);
    const row = allowed[key] ?? [];
    expect(ours(dependencies).filter((one) => !row.includes(one))).toEqual([]);
    expect(ours(devDependencies).filter((one) => one !== 'testkit' && !row.includes(one))).toEqual([]);
  });
});

test('the table names no package that does not exist', () => {
  const there = new Set(homes.map(([folder, name]) => (folder === 'apps' ? `apps/${name}` : name)));
  const named = [...Object.keys(allowed), ...Object.values(allowed).flat()];
  expect(named.filter((name) => !there.has(name))).toEqual([]);
});

test('every version is pinned exactly, so that a clone is what was tested', () => {
  const loose = homes.flatMap(([folder, name]) => {
    const { dependencies = {}, devDependencies = {} } = read(`${folder}/${name}`);
    const all = Object.entries({ ...dependencies, ...devDependencies });
    return all.filter(([one, version]) => !one.startsWith('@cacheferry/') && !/^\d+\.\d+\.\d+([-.].+)?$/.test(version));
  });
  expect(loose).toEqual([]);
});
