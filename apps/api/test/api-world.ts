import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Role } from '@cacheferry/contract';
import { applyMigrations, createSealer, openSignals, openStore, startEmbedded } from '@cacheferry/db';
import { type Context, createUser, ensureLocalMachine, type Ring, updateMachine } from '@cacheferry/domain';
import { createIds, silentLogger, systemClock } from '@cacheferry/kernel';
import { removeDir, tempDir, weakHasher } from '@cacheferry/testkit';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { type App, createApp } from '../src/app.ts';
import type { AppDeps } from '../src/http/app-deps.ts';
import { createLog } from '../src/server/log.ts';
import { keyedHash } from '../src/server/secret-key.ts';
import { createUploadFiles } from '../src/server/upload-files.ts';

const passwords = {
  viewer: 'tame giraffe on 7 seas',
  operator: 'blue kettle, no lid 3x',
  admin: 'quiet harbour 41 gulls',
};
export const passwordOf = (role: Role): string => passwords[role];

/** One signed-in browser. */
export type Browser = {
  role: Role;
  cookie: string;
  csrfToken: string;
  send(method: InjectOptions['method'], url: string, body?: unknown, headers?: Record<string, string>): Answer;
  get(url: string, headers?: Record<string, string>): Answer;
  post(url: string, body?: unknown, headers?: Record<string, string>): Answer;
};
type Answer = Promise<LightMyRequestResponse>;

/** The HTTP side on a real database, without a supervisor. */
export type ApiWorld = {
  app: App;
  dir: string;
  system: Context;
  rings: Ring[];
  inject(options: InjectOptions): Answer;
  signIn(role: Role): Promise<Browser>;
  /** Another process on the same database, as it were; to be stopped by who asks for it. */
  another(): Promise<{ app: App; stop: () => Promise<void> }>;
  close(): Promise<void>;
};

export const root = '/api/v1';

/** Opens a world with the users `viewer`, `operator` and `admin`. */
export async function openApiWorld(more: Partial<AppDeps> = {}): Promise<ApiWorld> {
  const dir = tempDir('api');
  fs.chmodSync(dir, 0o755);
  const db = await startEmbedded({ dir: path.join(dir, 'db') });
  await applyMigrations(db.url);
  const key = randomBytes(32);
  const opened = openStore({ url: db.url, sealer: createSealer(key) });
  const signals = openSignals({ url: db.url });
  const rings: Ring[] = [];
  const base = { clock: systemClock, newId: createIds(systemClock), store: opened.store };
  const doorbell = { ring: (all: readonly Ring[]) => void rings.push(...all) };
  const actor = { kind: 'system', name: 'test' } as const;
  const system: Context = { ...base, doorbell, actor, address: null, requestId: null, log: silentLogger };
  // Weak and fast: what Argon2id does is tested beside it.
  const machine = await ensureLocalMachine(system);
  await updateMachine(system, machine.id, { slots: 1_000 });
  for (const role of ['viewer', 'operator', 'admin'] as const) {
    const { id } = await createUser(
      system,
      { username: role, password: passwordOf(role), role },
      { hasher: weakHasher },
    );
    await opened.store.users.update(id, { mustChangePassword: false });
  }
  const build = (heard: AppDeps['signals']) =>
    createApp({
      ...base,
      log: createLog('silent'),
      signals: heard,
      doorbell,
      hasher: weakHasher,
      version: '9.9.9',
      listen: { host: '127.0.0.1', allowedHosts: [] },
      webDir: null,
      hashRequest: keyedHash(key),
      testEndpoint: async () => ({ ok: false, facts: null, files: [], problem: null }),
      previewKeys: async () => ({ preview: null, problem: null }),
      forgetTarget: async () => ({ keys: 0 }),
      uploads: createUploadFiles(path.join(dir, 'uploads')),
      openFile: () => Promise.reject(new Error('there is no machine')),
      readiness: async () => ({ database: { isOk: true } }),
      countJobs: async () => ({ waiting: 2 }),
      ...more,
    });
  const app = await build(signals);
  const inject = (options: InjectOptions): Answer =>
    app.inject({ ...options, headers: { host: 'localhost', ...options.headers } });
  const another = async () => {
    const heard = openSignals({ url: db.url });
    const other = await build(heard);
    return { app: other, stop: () => stopApp(other).then(() => heard.close()) };
  };
  const close = async () => {
    await stopApp(app);
    await signals.close();
    await opened.close();
    await db.stop();
    removeDir(dir);
  };
  return { app, dir, system, rings, inject, signIn: (role) => signIn(inject, role), another, close };
}

async function stopApp(app: App): Promise<void> {
  app.stopServing();
  await app.close();
}

async function signIn(inject: ApiWorld['inject'], role: Role): Promise<Browser> {
  const payload = { username: role, password: passwordOf(role) };
  const answer = await inject({ method: 'POST', url: `${root}/session`, payload });
  if (answer.statusCode !== 200) throw new Error(answer.body);
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
  const { csrfToken } = answer.json<{ csrfToken: string }>();
  const send: Browser['send'] = (method = 'GET', url, body, headers = {}) =>
    inject({
      method,
      url: url.startsWith('/api') ? url : root + url,
      headers: { cookie, ...(method === 'GET' ? {} : { 'x-csrf-token': csrfToken }), ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
  return {
    role,
    cookie,
    csrfToken,
    send,
    get: (url, headers) => send('GET', url, undefined, headers),
    post: (url, body = {}, headers) => send('POST', url, body, headers),
  };
}

/** An id that no object has. */
export const nobody = '01900000-0000-7000-8000-000000000000';

/** A body for a migration of two servers that nobody starts. */
export const aMigration = (name: string, more: object = {}): object => ({
  name,
  source: { url: 'redis://10.0.0.1:6379' },
  target: { url: 'redis://10.0.0.2:6379' },
  ...more,
});
