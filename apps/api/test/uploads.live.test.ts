import { createHash, randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Upload } from '@cacheferry/contract';
import { pruneUploads } from '@cacheferry/domain';
import { systemClock } from '@cacheferry/kernel';
import { tempDir } from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUploadFiles } from '../src/server/upload-files.ts';
import { type ApiWorld, aMigration, type Browser, nobody, openApiWorld } from './api-world.ts';

let world: ApiWorld;
let operator: Browser;
const dir = path.join(tempDir('uploads'), 'uploads');
const files = createUploadFiles(dir);

beforeAll(async () => {
  world = await openApiWorld({ uploads: files });
  operator = await world.signIn('operator');
});
afterAll(() => world.close());

const begin = async (bytes: number, more: object = {}): Promise<Upload> =>
  (await operator.post('/uploads', { name: 'dump.rdb', bytes, ...more })).json();
const send = (id: string, offset: number, bytes: Buffer) =>
  operator.send('PATCH', `/uploads/${id}?offset=${offset}`, bytes, { 'content-type': 'application/octet-stream' });
const sumOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('an upload', () => {
  test('arrives piece by piece, is summed up, and says where to send on from', async () => {
    const bytes = randomBytes(3_000_000);
    const { id, received } = await begin(bytes.length);
    expect(received).toBe(0);
    expect((await send(id, 0, bytes.subarray(0, 1_000_000))).json()).toMatchObject({ received: 1_000_000 });
    expect((await operator.get(`/uploads/${id}`)).json()).toMatchObject({ state: 'receiving', received: 1_000_000 });
    expect((await send(id, 1_000_000, bytes.subarray(1_000_000))).json()).toMatchObject({
      state: 'complete',
      received: bytes.length,
      sha256: sumOf(bytes),
    });
    expect(fs.readFileSync(files.pathOf(id)).equals(bytes)).toBe(true);
    expect(fs.statSync(files.pathOf(id)).mode & 0o077).toBe(0);
  });

  test('goes on from where it was broken off', async () => {
    const { id } = await begin(10);
    const broken = async function* () {
      yield Buffer.from('1234');
      throw new Error('aborted');
    };
    await expect(files.append(id, { offset: 0, bytes: 10, chunks: broken() })).rejects.toMatchObject({
      code: 'upload.interrupted',
    });
    const { received } = (await operator.get(`/uploads/${id}`)).json<Upload>();
    expect((await send(id, received, Buffer.from('567890'))).json()).toMatchObject({ state: 'complete' });
    expect(fs.readFileSync(files.pathOf(id), 'latin1')).toBe('1234567890');
  });

  test('takes one sender at a time', async () => {
    const { id } = await begin(10);
    const slow = new Readable({ read() {} });
    const first = files.append(id, { offset: 0, bytes: 10, chunks: slow });
    expect((await send(id, 0, Buffer.from('1'))).json()).toMatchObject({ code: 'upload.busy' });
    slow.push('12345');
    slow.push(null);
    expect(await first).toBe(5);
  });

  test.each([
    ['at another place', 3, 'x', { status: 409, code: 'upload.wrong_offset' }],
    ['beyond its end', 0, '12345678901', { status: 413, code: 'upload.too_large' }],
  ])('refuses bytes %s', async (_, offset, text, refusal) => {
    const { id } = await begin(10);
    const answer = await send(id, offset, Buffer.from(text));
    expect({ status: answer.statusCode, code: answer.json().code }).toEqual(refusal);
  });

  test('with other bytes than announced never becomes complete', async () => {
    const { id } = await begin(4, { sha256: sumOf(Buffer.from('good')) });
    expect((await send(id, 0, Buffer.from('evil'))).json()).toMatchObject({ code: 'upload.damaged' });
    expect((await operator.get(`/uploads/${id}`)).json()).toMatchObject({ state: 'receiving', sha256: null });
  });

  test('lies where its id says, whatever it is called', async () => {
    const names = ['../../evil', '/etc/passwd', '<img src=x onerror=alert(1)>', '名.rdb', '..'];
    for (const name of names) {
      const { id, name: kept } = await begin(1, { name });
      expect(kept).toBe(name);
      expect(fs.existsSync(path.join(dir, id))).toBe(true);
    }
    expect(fs.readdirSync(path.dirname(dir))).toEqual(['uploads']);
  });

  test('is deleted with its bytes', async () => {
    const { id } = await begin(1);
    expect((await operator.send('DELETE', `/uploads/${id}`)).statusCode).toBe(204);
    expect(fs.existsSync(files.pathOf(id))).toBe(false);
    expect((await operator.get(`/uploads/${id}`)).statusCode).toBe(404);
  });

  test('is listed, newest first', async () => {
    const { id } = await begin(1, { name: 'listed.rdb' });
    const { items, total } = (await operator.get('/uploads?q=listed')).json<{ items: Upload[]; total: number }>();
    expect({ ids: items.map((one) => one.id), total }).toEqual({ ids: [id], total: 1 });
  });
});

describe('the limits', () => {
  const limited = async (settings: object, bytes: number) => {
    const admin = await world.signIn('admin');
    const before = (await admin.get('/settings')).json();
    await admin.send('PATCH', '/settings', settings);
    const answer = await operator.post('/uploads', { name: 'a', bytes });
    await admin.send('PATCH', '/settings', before);
    return answer.json().code;
  };
  test('of one file', async () =>
    expect(await limited({ uploadMaxBytes: 1_048_576 }, 1_048_577)).toBe('upload.too_large'));
  test('of all files', async () =>
    expect(await limited({ uploadQuotaBytes: 1_048_576 }, 1_048_576)).toBe('upload.quota'));
  test('of the disk', async () =>
    expect(await limited({ uploadMaxBytes: 2 ** 50, uploadQuotaBytes: 2 ** 50 }, 2 ** 49)).toBe('upload.no_space'));
});

describe('who may', () => {
  test.each(['GET', 'POST'] as const)('a viewer may not %s', async (method) => {
    const viewer = await world.signIn('viewer');
    expect((await viewer.send(method, '/uploads', method === 'POST' ? {} : undefined)).statusCode).toBe(403);
  });
  test('bytes are taken nowhere else', async () => {
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = await operator.send('POST', '/uploads', Buffer.from('{}'), headers);
    expect(answer.statusCode).toBe(415);
  });
});

describe('a migration', () => {
  const from = (url: string) => operator.post('/migrations', aMigration('from a file', { source: { url } }));
  test('takes a complete upload as its source, and holds it', async () => {
    const { id } = await begin(1);
    await send(id, 0, Buffer.from('x'));
    expect((await from(`rdb:upload:${id}/dump.rdb`)).statusCode).toBe(201);
    expect((await operator.get(`/uploads/${id}`)).json()).toMatchObject({ usedBy: 1 });
    expect((await operator.send('DELETE', `/uploads/${id}`)).json()).toMatchObject({ code: 'upload.in_use' });
  });
  test.each([
    ['one that is not complete', async () => (await begin(2)).id, 'upload.incomplete'],
    ['one that does not exist', async () => nobody, 'request.not_found'],
  ])('refuses %s', async (_, make, code) =>
    expect((await from(`rdb:upload:${await make()}`)).json()).toMatchObject({ code }),
  );
  test('does not write into an upload', async () => {
    const { id } = await begin(1);
    await send(id, 0, Buffer.from('x'));
    const target = { url: `rdb:upload:${id}` };
    expect((await operator.post('/migrations', aMigration('x', { target }))).json()).toMatchObject({
      code: 'endpoint.unsupported',
    });
  });
});

describe('abandoned uploads', () => {
  const week = 7 * 24 * 3600_000;
  const prune = (laterMs: number) => {
    const clock = { ...systemClock, now: () => Date.now() + laterMs };
    return pruneUploads({ ...world.system, clock }, files);
  };
  const stateOf = async (id: string) => (await operator.get(`/uploads/${id}`)).statusCode;

  test('are deleted with their bytes when none came for a week, whole ones and those under way are not', async () => {
    const bytes = randomBytes(10);
    const [whole, abandoned, empty, underWay] = [await begin(10), await begin(10), await begin(10), await begin(10)];
    await send(whole.id, 0, bytes);
    await send(abandoned.id, 0, bytes.subarray(0, 5));
    await send(underWay.id, 0, bytes.subarray(0, 5));
    const inDays = (days: number) => new Date(Date.now() + days * 24 * 3600_000);
    fs.utimesSync(files.pathOf(underWay.id), inDays(3), inDays(3));
    await prune(week - 3600_000);
    expect(await Promise.all([whole, abandoned, empty, underWay].map(({ id }) => stateOf(id)))).toEqual([
      200, 200, 200, 200,
    ]);
    await prune(week + 3600_000);
    expect(await Promise.all([whole, abandoned, empty, underWay].map(({ id }) => stateOf(id)))).toEqual([
      200, 404, 404, 200,
    ]);
    expect([whole, abandoned, empty, underWay].map(({ id }) => fs.existsSync(files.pathOf(id)))).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test('that nobody knows of any more are deleted too, other files of the folder are not', async () => {
    const stray = path.join(dir, randomUUID());
    const other = path.join(dir, 'notes.txt');
    for (const file of [stray, other]) fs.writeFileSync(file, 'x');
    await prune(week + 3600_000);
    expect([fs.existsSync(stray), fs.existsSync(other)]).toEqual([false, true]);
  });
});
