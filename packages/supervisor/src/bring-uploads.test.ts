import { expect, test } from 'vitest';
import { nameUploads, placesOf } from './bring-uploads.ts';

const id = '01a200aa-b0b7-7000-aec6-6c18a09ffd46';
const upload = { id, name: 'orders 2.rdb', path: `/home/uploads/${id}`, sha256: 'a'.repeat(64) };
const ssh = { kind: 'ssh' } as Parameters<typeof placesOf>[0]['login'];

test.each([
  { name: 'this machine', login: { kind: 'local' } as typeof ssh, place: `/home/uploads/${id}` },
  { name: 'a machine behind SSH', login: ssh, place: `/work/uploads/${'a'.repeat(64)}` },
])('what $name says of an upload is said of its name', ({ login, place }) => {
  const said = {
    seq: 7,
    shards: [{ source: `rdb:${place}`, lagMs: null }],
    text: `${place} is no RDB file, /var/a is`,
  };
  expect(nameUploads(said, [upload], placesOf({ login, workDir: '/work' }, [upload]))).toEqual({
    seq: 7,
    shards: [{ source: 'rdb:orders 2.rdb', lagMs: null }],
    text: 'orders 2.rdb is no RDB file, /var/a is',
  });
});

test('without uploads nothing is looked at', () => {
  const said = { text: '/work' };
  expect(nameUploads(said, [], new Map())).toBe(said);
});
