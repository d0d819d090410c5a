import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string) => fs.readFileSync(path.join(root, file), 'utf8');

type Service = {
  build?: string;
  init?: boolean;
  healthcheck?: { disable?: boolean };
  image?: string;
  environment?: Record<string, string>;
  depends_on?: Record<string, unknown>;
};
const { services, volumes } = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};

test('compose brings up the API, two workers, their stores, and a source and a target to try', () => {
  expect(Object.keys(services).sort()).toEqual(
    ['api', 'demo-source', 'demo-target', 'postgres', 'queue', 'worker-1', 'worker-2'].sort(),
  );
  const roles = Object.values(services).flatMap(({ environment }) => environment?.FERRY_ROLE ?? []);
  expect(roles.sort()).toEqual(['api', 'worker', 'worker']);
  for (const [name, { build, image }] of Object.entries(services))
    expect(Boolean(build) !== Boolean(image), name).toBe(true);
});

test('engines that end are collected, and only what answers HTTP is asked for its health', () => {
  const ours = Object.entries(services).filter(([, { build }]) => build);
  for (const [name, { init, healthcheck, environment }] of ours) {
    expect(init, name).toBe(true);
    expect(healthcheck?.disable === true, name).toBe(environment?.FERRY_ROLE === 'worker');
  }
});

test('everything that a service depends on or stores in is declared', () => {
  for (const { depends_on: needs = {} } of Object.values(services))
    for (const name of Object.keys(needs)) expect(services).toHaveProperty(name);
  expect(Object.keys(volumes).sort()).toEqual(['postgres', 'queue', 'runs']);
});

test('no secret has a default', () => {
  const secrets = [...read('docker-compose.yml').matchAll(/\$\{(\w+)([^}]*)\}/g)];
  expect(secrets.length).toBeGreaterThan(0);
  for (const [, name, rest] of secrets) expect(rest, name).toMatch(/^:\?/);
});

test('the version of pnpm in the image is the one that sets up a clone', () => {
  const [, version] = /const pnpm = '(pnpm@[\d.]+)'/.exec(read('packages/tooling/src/setup.mjs')) ?? [];
  expect(read('Dockerfile')).toContain(`npx -y ${version} install --prod --frozen-lockfile`);
});

test('the image is built in stages and does not run as root', () => {
  const lines = read('Dockerfile')
    .replaceAll('\\\n', '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const known = /^(FROM|WORKDIR|COPY|RUN|ENV|USER|VOLUME|EXPOSE|HEALTHCHECK|CMD) /;
  expect(lines.filter((line) => !known.test(line))).toEqual([]);
  expect(lines.filter((line) => line.startsWith('FROM '))).toHaveLength(2);
  expect(lines.findLast((line) => line.startsWith('USER '))).toBe('USER node');
});
