import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { createTransport, machineEnvironment } from '@cacheferry/remote';
import { removeDir, tempDir } from '@cacheferry/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMachineFiles } from '../src/server/machine-files.ts';
import { type ApiWorld, type Browser, openApiWorld } from './api-world.ts';
import { playRun } from './run-of.ts';

let world: ApiWorld;
let operator: Browser;
const dir = tempDir('target-files');
const transport = createTransport({ environment: machineEnvironment(process.env), agentSocket: null });
const login = { kind: 'local', machineId: 'local', workDir: dir } as const;

beforeAll(async () => {
  const machines = { contact: async () => ({ kind: 'local', machineId: 'local', login }) as const };
  world = await openApiWorld({ openFile: createMachineFiles({ machines, transport }) });
  operator = await world.signIn('operator');
});
afterAll(async () => {
  await world.close();
  await transport.close();
  removeDir(dir);
});

/** A migration whose target are files, one of which has these bytes. */
async function written(name: string, bytes: Buffer): Promise<{ id: string; end(): Promise<void> }> {
  const file = path.join(dir, name);
  fs.writeFileSync(file, bytes);
  return playRun(world, operator, name, { target: { url: `rdb:${dir}/none.rdb,${file}` }, mode: 'full' });
}

test('a file that a completed migration has written is downloaded as it is, and that stands in the audit', async () => {
  const bytes = randomBytes(5_000_000);
  const run = await written('a "b" 名.rdb', bytes);
  expect((await operator.get(`/migrations/${run.id}/files/1`)).json()).toMatchObject({ code: 'migration.no_file' });
  await run.end();
  const answer = await operator.get(`/migrations/${run.id}/files/1`);
  expect(answer.statusCode).toBe(200);
  expect(answer.rawPayload.equals(bytes)).toBe(true);
  expect(answer.headers['content-length']).toBe(String(bytes.length));
  expect(answer.headers['content-disposition']).toBe(
    `attachment; filename="a_b_.rdb"; filename*=UTF-8''a%20%22b%22%20%E5%90%8D.rdb`,
  );
  const admin = await world.signIn('admin');
  expect((await admin.get('/audit?q=migration.download')).body).toContain(run.id);
});

test('what cannot be downloaded is told', async () => {
  const run = await written('x.rdb', Buffer.from('x'));
  await run.end();
  const codeOf = async (index: number) => (await operator.get(`/migrations/${run.id}/files/${index}`)).json().code;
  expect(await codeOf(0)).toBe('migration.file_gone');
  expect(await codeOf(2)).toBe('migration.no_file');
  const viewer = await world.signIn('viewer');
  expect((await viewer.get(`/migrations/${run.id}/files/1`)).statusCode).toBe(403);
});
