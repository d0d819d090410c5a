import fs from 'node:fs';
import path from 'node:path';
import { endProcess, waitFor } from '@cacheferry/testkit';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  buildProduct,
  newHome,
  type Product,
  type ProductOptions,
  onePostgresOf,
  postgresOf,
  signInAt,
  startProduct,
} from './product.ts';

let started: Product[] = [];
beforeAll(buildProduct);
afterEach(async () => {
  await Promise.all(started.map((product) => product.stop()));
  started = [];
});

async function start(options: ProductOptions = {}): Promise<Product> {
  const product = await startProduct(options);
  started.push(product);
  return product;
}
async function startReady(options: ProductOptions = {}): Promise<Product> {
  const product = await start(options);
  await product.ready();
  return product;
}
const readyz = async (url: string): Promise<number> => (await fetch(`${url}/readyz`)).status;
const secret = 'a secret of the test 77';

describe('the first start', () => {
  test('makes everything under its home, and tells the address and the password once', async () => {
    const first = await startReady();
    expect(first.stdout()).toContain(`is ready at ${first.url}\n`);
    expect(first.stdout().match(/password/g)).toHaveLength(1);
    expect(first.stderr()).not.toContain(first.password() ?? '-');
    expect(fs.statSync(path.join(first.home, 'secret.key')).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.join(first.home, 'work')).mode & 0o777).toBe(0o700);
    expect(await readyz(first.url)).toBe(200);
    const headers = await signInAt(first.url, 'admin', first.password() ?? '');
    await first.stop();

    const second = await startReady({ home: first.home });
    // On a machine with nothing else to do the time that it takes is a little more than this.
    expect(second.cpuSeconds()).toBeLessThan(3);
    expect(second.stdout()).not.toMatch(/password/i);
    expect((await fetch(`${second.url}/api/v1/session`, { headers })).status).toBe(200);
  });

  test('takes the password of the administrator that it is given, and prints none', async () => {
    const product = await startReady({ env: { FERRY_ADMIN_PASSWORD: secret } });
    const headers = await signInAt(product.url, 'admin', secret);
    expect((await fetch(`${product.url}/api/v1/machines`, { headers })).status).toBe(200);
    expect(`${product.stdout()}${product.stderr()}`).not.toContain(secret);
    expect(product.stdout()).not.toMatch(/password/i);
  });
});

describe('an end', () => {
  test('by SIGTERM is clean: nothing is left, and no request was cut', async () => {
    const product = await startReady();
    const pids = postgresOf(product.home);
    expect(pids).toHaveLength(1);
    product.child.kill('SIGTERM');
    expect(await product.ended()).toBe(0);
    expect(postgresOf(product.home)).toEqual([]);
    expect(fs.existsSync(path.join(product.home, 'db/pgdata/postmaster.pid'))).toBe(false);
    expect(product.stderr()).not.toMatch(/"level":"error"/);
  });

  test('of npm ends what it started', async () => {
    const product = await startReady({ byNpm: true });
    await endProcess(product.child, 'SIGTERM');
    await waitFor(() => postgresOf(product.home).length === 0, { deadlineMs: 20_000, what: 'the end of the database' });
    await expect(fetch(`${product.url}/healthz`)).rejects.toThrow();
  });

  test('by kill -9 loses nothing that was answered, and the next start tidies up', async () => {
    const home = newHome();
    const names: string[] = [];
    for (let round = 0; round < 3; round++) {
      const product = await startReady({ home, env: { FERRY_ADMIN_PASSWORD: secret } });
      const headers = await signInAt(product.url, 'admin', secret);
      for (let i = 0; i < 5; i++) {
        const name = `round ${round} number ${i}`;
        const body = JSON.stringify({ name, source: { url: 'redis://a' }, target: { url: 'redis://b' } });
        const answer = await fetch(`${product.url}/api/v1/migrations`, { method: 'POST', headers, body });
        if (answer.status === 201) names.push(name);
      }
      const postgres = onePostgresOf(home);
      await endProcess(product.child, 'SIGKILL');
      expect(postgresOf(home)).toEqual([postgres]);
      if (round === 1) process.kill(postgres, 'SIGKILL');
    }
    const product = await startReady({ home });
    const headers = await signInAt(product.url, 'admin', secret);
    const page = await (await fetch(`${product.url}/api/v1/migrations?limit=200`, { headers })).json();
    expect(page.items.map(({ name }: { name: string }) => name).sort()).toEqual(names.sort());
    expect(names).toHaveLength(15);
  });
});

test('a database that is killed comes back, and what was open goes on', async () => {
  const product = await startReady({ env: { FERRY_ADMIN_PASSWORD: secret } });
  const headers = await signInAt(product.url, 'admin', secret);
  const postgres = onePostgresOf(product.home);
  process.kill(postgres, 'SIGKILL');
  const listed = async () => (await fetch(`${product.url}/api/v1/migrations`, { headers })).status === 200;
  await waitFor(async () => !(await listed()) || postgresOf(product.home)[0] !== postgres, { what: 'the death' });
  await waitFor(async () => (await listed()) && (await readyz(product.url)) === 200, { deadlineMs: 30_000 });
  expect(product.child.exitCode).toBeNull();
});

test('two processes do not share one home', async () => {
  const product = await startReady();
  const second = await start({ home: product.home });
  expect(await second.ended()).toBe(1);
  expect(second.stderr()).toMatch(/^error\[db\.in_use\]: The folder .* is in use by process \d+\. fix: .*\n$/m);
  expect(await readyz(product.url)).toBe(200);
});
