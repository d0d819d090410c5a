import fs from 'node:fs';
import path from 'node:path';
import { Problem } from '@cacheferry/contract';
import { tempDir, waitFor } from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../src/routes/index.ts';
import { aMigration, type ApiWorld, openApiWorld, root } from './api-world.ts';

const webDir = tempDir('web');
let world: ApiWorld;
let isHealthy = true;
beforeAll(async () => {
  fs.mkdirSync(path.join(webDir, 'assets'));
  fs.writeFileSync(path.join(webDir, 'index.html'), '<!doctype html><title>page</title>');
  fs.writeFileSync(path.join(webDir, 'assets/main-abc123.js'), 'export {};');
  const database = () => (isHealthy ? { isOk: true } : { isOk: false, message: 'The database does not answer' });
  world = await openApiWorld({ webDir, readiness: async () => ({ database: database() }) });
});
afterAll(() => world.close());

describe('every answer', () => {
  test.each([
    '/',
    '/migrations/new',
    '/assets/main-abc123.js',
    '/missing.js',
    '/healthz',
    '/metrics',
    '/api/docs',
    '/api/openapi.json',
    '/api/v1/migrations',
    '/api/nothing',
  ])('(%s) forbids inline scripts, frames and guessing of types', async (url) => {
    const { headers } = await world.inject({ url });
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    expect(headers['x-powered-by'] ?? headers.server).toBeUndefined();
  });

  test('that fails is a problem document with everything that a client needs', async () => {
    const answer = await world.inject({ url: `${root}/migrations` });
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(Problem.parse(answer.json())).toMatchObject({
      type: 'urn:cacheferry:error:auth.required',
      status: 401,
      title: 'You are not signed in',
      fix: 'Sign in, then try again.',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test('of the API is kept by no cache', async () => {
    const viewer = await world.signIn('viewer');
    expect((await viewer.get('/migrations')).headers['cache-control']).toBe('no-store');
  });
});

describe('the document of the API', () => {
  const read = async () => (await world.inject({ url: '/api/openapi.json' })).json();

  test('is OpenAPI 3.1 and has every route with its method', async () => {
    const document = await read();
    expect(document.openapi).toBe('3.1.0');
    const listed = Object.entries<object>(document.paths).flatMap(([place, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${place}`),
    );
    const expected = routes.map(({ method, path: place }) => `${method} ${root}${place.replace(/:(\w+)/g, '{$1}')}`);
    expect(listed.sort()).toEqual(expected.sort());
  });

  test('refers to nothing that it does not have, and names every call once', async () => {
    const document = await read();
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
    expect(references.length).toBeGreaterThan(100);
    for (const name of new Set(references)) expect(Object.keys(document.components.schemas)).toContain(name);
    const names = [...text.matchAll(/"operationId":"([^"]+)"/g)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(text).not.toContain('"$id"');
  });

  test('tells what a body may hold', async () => {
    const { requestBody } = (await read()).paths['/api/v1/migrations'].post;
    const { schema } = requestBody.content['application/json'];
    expect(schema.required).toEqual(['name', 'source', 'target']);
    expect(schema.properties.mode).toMatchObject({ enum: ['full', 'sync'], default: 'sync' });
  });

  test.each([
    ['/api/v1/migrations', true],
    ['/api/v1/migrations/{id}/start', false],
  ])('tells whether a body of %s is needed: %s', async (place, isNeeded) => {
    expect((await read()).paths[place].post.requestBody?.required ?? false).toBe(isNeeded);
  });

  test('is there as a page without any script', async () => {
    const answer = await world.inject({ url: '/api/docs' });
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.body).not.toMatch(/<script|\s(style|on\w+)=/i);
    for (const { summary } of routes) expect(answer.body).toContain(summary.replaceAll("'", '&#39;'));
    expect((await world.inject({ url: '/api/docs.css' })).headers['content-type']).toContain('text/css');
  });
});

describe('the pages', () => {
  test.each(['/', '/migrations', '/migrations/01900000-0000-7000-8000-000000000000/logs', '/login'])(
    'open at %s',
    async (url) => {
      const answer = await world.inject({ url });
      expect([answer.statusCode, answer.body]).toEqual([200, '<!doctype html><title>page</title>']);
      expect(answer.headers['cache-control']).toBe('no-cache');
    },
  );

  test('keep what carries its hash for a year', async () => {
    const answer = await world.inject({ url: '/assets/main-abc123.js' });
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  test.each(['/assets/gone-1.js', '/missing.png', '/assets/..%2f..%2f..%2fetc%2fpasswd'])(
    'do not hide that %s is missing',
    async (url) => {
      const answer = await world.inject({ url });
      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
      expect(answer.body).not.toContain('root:');
    },
  );
});

describe('health', () => {
  test('is alive without asking anything', async () => {
    expect((await world.inject({ url: '/healthz' })).json()).toEqual({ status: 'ok' });
  });

  test('is ready while every part is', async () => {
    expect((await world.inject({ url: '/readyz' })).statusCode).toBe(200);
    isHealthy = false;
    const answer = await world.inject({ url: '/readyz' });
    isHealthy = true;
    expect([answer.statusCode, answer.json()]).toEqual([
      503,
      { status: 'not ready', parts: { database: { isOk: false, message: 'The database does not answer' } } },
    ]);
  });

  test('has metrics that Prometheus reads, without versions', async () => {
    const operator = await world.signIn('operator');
    await operator.post('/migrations', aMigration('counted'));
    // What is read from the database is kept for some seconds, and an earlier test has asked.
    const isNew = async () => (await world.inject({ url: '/metrics' })).body.includes('{state="draft"} 1\n');
    await waitFor(isNew, { deadlineMs: 10_000, what: 'the new draft among the metrics' });
    const { headers, body } = await world.inject({ url: '/metrics' });
    expect(headers['content-type']).toContain('text/plain; version=0.0.4');
    expect(body).toContain('ferry_migrations{state="draft"} 1\n');
    expect(body).toContain('ferry_jobs{state="waiting"} 2\n');
    expect(body).toMatch(/ferry_http_request_seconds_bucket\{method="POST",status="201",le="\+Inf"\} 1\n/);
    for (const line of body.trim().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) |[a-z_]+(\{[^}]*\})? [\d.e+-]+$)/);
    expect(body).not.toContain('9.9.9');
  });
});
