import { Job } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { nameUploads } from './bring-uploads.ts';

const id = '01a200aa-b0b7-7000-aec6-6c18a09ffd46';
const job = Job.parse({
  version: 1,
  kind: 'preflight',
  source: { url: `rdb:upload:${id}/orders_2.rdb,/var/dump.rdb` },
  target: { url: 'redis://b' },
});

test('what a machine says of an upload is said of its name', () => {
  const said = `{"text":"/work/uploads/${id} does not begin like an RDB file, /var/dump.rdb does"}`;
  expect(nameUploads(said, job, new Map([[id, `/work/uploads/${id}`]]))).toBe(
    '{"text":"orders_2.rdb does not begin like an RDB file, /var/dump.rdb does"}',
  );
  expect(nameUploads(said, job, new Map())).toBe(said);
});
