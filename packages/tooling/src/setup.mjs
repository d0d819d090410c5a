// Everything between a fresh clone and a runnable tree; needs only Node. Does nothing when nothing has changed.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bin, root, runQuietly } from './run.mjs';
import { withSetupLock } from './setup-lock.mjs';

const pnpm = 'pnpm@12.21.0';
const stampFile = path.join(root, 'node_modules/.setup.json');
const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
const sources = (...names) => names.map((name) => `packages/${name}/src`);
const ferrySources = [
  'apps/ferry/src',
  ...sources('kernel', 'contract', 'resp', 'rdb', 'commands', 'topology', 'engine', 'verify', 'importer'),
];

const steps = {
  dependencies: {
    inputs: ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'],
    outputs: ['node_modules/.modules.yaml'],
    work: () =>
      runQuietly(npx, ['-y', pnpm, 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only'], {
        env: { ...process.env, CI: 'true' },
      }),
  },
  database: {
    inputs: ['prisma/schema.prisma', 'packages/db/prisma.config.ts', 'pnpm-lock.yaml'],
    outputs: ['packages/db/src/generated/prisma/client.ts'],
    work: () => runQuietly('node_modules/.bin/prisma', ['generate'], { cwd: path.join(root, 'packages/db') }),
  },
  engine: {
    inputs: [...ferrySources, 'packages/commands/data', 'pnpm-lock.yaml'],
    outputs: ['dist/ferry.cjs'],
    work: () => runQuietly(process.execPath, ['packages/tooling/src/build-ferry.mjs']),
  },
  server: {
    inputs: [
      'apps/api/src',
      'packages/tooling/src/build-api.mjs',
      ...sources('kernel', 'contract', 'domain', 'db', 'queue', 'remote', 'supervisor'),
      'pnpm-lock.yaml',
    ],
    outputs: ['apps/api/dist/main.mjs'],
    work: () => runQuietly(process.execPath, ['packages/tooling/src/build-api.mjs']),
  },
  web: {
    inputs: [
      'apps/web/src',
      'apps/web/public',
      'apps/web/index.html',
      'apps/web/vite.config.ts',
      ...sources('contract', 'kernel', 'importer'),
      'pnpm-lock.yaml',
    ],
    outputs: ['apps/web/dist/index.html'],
    work: () => runQuietly(bin('vite'), ['build', '--logLevel', 'warn'], { cwd: path.join(root, 'apps/web') }),
  },
};

/** Brings the named steps (all by default) up to date with their inputs. One process at a time does so. */
export function setup(only = Object.keys(steps)) {
  requireNode();
  const wanted = Object.keys(steps).filter((name) => name === 'dependencies' || only.includes(name));
  if (wanted.every((name) => isUpToDate(name))) return;
  withSetupLock(() => {
    for (const name of wanted) bringUpToDate(name);
  });
}

function isUpToDate(name, hash = hashOf(steps[name].inputs)) {
  return readStamps()[name] === hash && steps[name].outputs.every((file) => fs.existsSync(path.join(root, file)));
}

function bringUpToDate(name) {
  const hash = hashOf(steps[name].inputs);
  if (isUpToDate(name, hash)) return;
  console.error(`setup: ${name}`);
  steps[name].work();
  fs.writeFileSync(stampFile, JSON.stringify({ ...readStamps(), [name]: hash }));
}

function readStamps() {
  try {
    return JSON.parse(fs.readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

function hashOf(inputs) {
  const hash = createHash('sha256').update(process.version);
  const add = (file) => {
    const full = path.join(root, file);
    if (!fs.existsSync(full)) return;
    if (fs.statSync(full).isDirectory()) for (const child of fs.readdirSync(full).sort()) add(path.join(file, child));
    else hash.update(file).update(fs.readFileSync(full));
  };
  inputs.forEach(add);
  return hash.digest('hex');
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    `cacheferry needs Node 20.19 or newer, and this is ${process.version}. Install a newer Node, then try again.`,
  );
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--only');
  setup(at > 0 ? process.argv[at + 1].split(',') : undefined);
}
