import { freePort, startFakePostgres, tempDir } from '@cacheferry/testkit';
import { expect, test } from 'vitest';
import { openDatabase } from '../src/index.ts';

const open = (url: string) => openDatabase({ DATABASE_URL: url }, { dir: tempDir('unused') });

test.each([
  ['130014', 13],
  ['90624', 9],
])('a DATABASE_URL whose server says version %s is refused', async (version, major) => {
  const server = await startFakePostgres(version);
  await expect(open(`postgresql://user:canary@127.0.0.1:${server.port}/app`)).rejects.toMatchObject({
    code: 'db.too_old',
    facts: { server: `127.0.0.1:${server.port}`, version: major, needed: 14 },
  });
  await server.stop();
});

test('a DATABASE_URL whose server is PostgreSQL 14 is accepted', async () => {
  const server = await startFakePostgres('140000');
  const db = await open(`postgresql://user@127.0.0.1:${server.port}/app`);
  await db.stop();
  await server.stop();
});

test('a DATABASE_URL where nobody listens is named without its password', async () => {
  const port = await freePort();
  const failure = await open(`postgresql://user:canary@127.0.0.1:${port}/app`).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'db.unreachable', facts: { server: `127.0.0.1:${port}` } });
  expect(JSON.stringify(failure)).not.toContain('canary');
});
