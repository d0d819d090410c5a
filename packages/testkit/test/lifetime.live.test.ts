import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePort, Hopeless, root, runFerry, waitFor } from '../src/index.ts';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test.skipIf(process.platform !== 'linux').each(['SIGKILL', 'SIGTERM'] as const)(
  'a server ends with the test process that started it, also by %s',
  async (signal) => {
    const fixture = path.join(import.meta.dirname, 'fixtures/start-and-wait.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', fixture], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const text = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data: Buffer) => resolve(String(data))),
    );
    const pid = Number(text);
    expect(isAlive(pid)).toBe(true);
    child.kill(signal);
    await waitFor(() => !isAlive(pid), { what: 'the end of the server' });
  },
);

test('ports are given once', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
  expect(new Set(ports).size).toBe(50);
});

test('waiting ends at the deadline with the last error, and at once when it is hopeless', async () => {
  const failing = waitFor(() => Promise.reject(new Error('inner')), { deadlineMs: 30, what: 'it' });
  await expect(failing).rejects.toMatchObject({
    message: 'it did not come true in 30 ms',
    cause: { message: 'inner' },
  });
  const start = performance.now();
  await expect(waitFor(() => Promise.reject(new Hopeless('no')), { deadlineMs: 60_000 })).rejects.toThrow('no');
  expect(performance.now() - start).toBeLessThan(30_000);
});

test('the command runs from its bundle with an environment of its own', async () => {
  const { code, stdout } = await runFerry(['--version'], { env: { FERRY_SOURCE_PASSWORD: 'x' } });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ node: process.version });
});
