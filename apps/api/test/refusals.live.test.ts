import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { freePort, startFakePostgres, tempDir } from '@cacheferry/testkit';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { buildProduct, newHome, type Product, type ProductOptions, postgresOf, startProduct } from './product.ts';

let product: Product | undefined;
beforeAll(buildProduct);
afterEach(async () => {
  await product?.stop();
  product = undefined;
});

/** Starts what must not start: answers its exit code, and the one line that it says. */
async function refused(options: ProductOptions): Promise<{ exitCode: number | null; line: string }> {
  product = await startProduct(options);
  const exitCode = await product.ended();
  const lines = product
    .stderr()
    .split('\n')
    .filter((text) => text !== '' && !text.startsWith('{'));
  expect(lines).toHaveLength(1);
  expect(product.stdout()).toBe('');
  expect(postgresOf(product.home)).toEqual([]);
  return { exitCode, line: lines[0] ?? '' };
}

test('a port in use is named with another one to try, and no administrator is made', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  const home = newHome();
  const { exitCode, line } = await refused({ port, home });
  server.close();
  expect([exitCode, line]).toEqual([
    1,
    `error[start.port_in_use]: Port ${port} on 127.0.0.1 is in use by another program. ` +
      `fix: Stop that program, or choose another port: PORT=${port + 1} npm start.`,
  ]);
  product = await startProduct({ home });
  await product.ready();
  expect(product.stdout()).toContain('one-time password');
});

test('a database that is down is named without its password', async () => {
  const port = await freePort();
  const { exitCode, line } = await refused({ env: { DATABASE_URL: `postgresql://u:canary@127.0.0.1:${port}/d` } });
  expect(exitCode).toBe(1);
  expect(line).toMatch(new RegExp(`^error\\[db\\.unreachable\\]: The database at 127\\.0\\.0\\.1:${port} .* fix: `));
  expect(line).not.toContain('canary');
});

test('a database that is too old is named with what is needed', async () => {
  const server = await startFakePostgres('130009');
  const { exitCode, line } = await refused({ env: { DATABASE_URL: `postgresql://u@127.0.0.1:${server.port}/d` } });
  await server.stop();
  expect(exitCode).toBe(1);
  expect(line).toMatch(/^error\[db\.too_old\]: .* is PostgreSQL 13, and cacheferry needs 14 or newer\. fix: /);
});

test('a Redis for the jobs that is down is named without its password', async () => {
  const port = await freePort();
  const { exitCode, line } = await refused({ env: { REDIS_URL: `redis://:canary@127.0.0.1:${port}` } });
  expect(exitCode).toBe(1);
  expect(line).toMatch(new RegExp(`^error\\[queue\\.unreachable\\]: The job queue at 127\\.0\\.0\\.1:${port} `));
  expect(line).not.toContain('canary');
});

test('a home that cannot be a folder is named', async () => {
  const file = path.join(tempDir('file'), 'file');
  fs.writeFileSync(file, '');
  const { exitCode, line } = await refused({ home: path.join(file, 'home') });
  expect([exitCode, line]).toEqual([
    1,
    `error[start.home_not_writable]: The folder ${file}/home cannot be used: a part of its path is a file. ` +
      'fix: Give this user the right to write there, or name another folder by FERRY_HOME.',
  ]);
});

test('every wrong setting is named at once, with the exit code for wrong use', async () => {
  const { exitCode, line } = await refused({ env: { PORT: 'x', FERRY_ROLE: 'boss', FERRY_SECRET_KEY: 'canary' } });
  expect(exitCode).toBe(64);
  for (const name of ['PORT must be', 'FERRY_ROLE must be', 'FERRY_SECRET_KEY must be']) expect(line).toContain(name);
  expect(line).not.toContain('canary');
});

test('another key than the one that sealed the secrets is refused, and overwrites nothing', async () => {
  const home = newHome();
  const first = await startProduct({ home });
  await first.ready();
  await first.stop();
  const env = { FERRY_SECRET_KEY: randomBytes(32).toString('base64') };
  const { exitCode, line } = await refused({ home, env });
  expect(exitCode).toBe(1);
  expect(line).toMatch(/^error\[control\.secret_unreadable\]: /);
  product = await startProduct({ home });
  await product.ready();
});
