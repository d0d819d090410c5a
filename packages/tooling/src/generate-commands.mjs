// Makes packages/commands/data/commands.json from what real servers answer to COMMAND and COMMAND DOCS.
//   node packages/tooling/src/generate-commands.mjs [PROGRAM…]
// Programs are given from the oldest to the newest: the newest one that knows a command describes it. Without
// programs: the installed redis-server and those that the testkit unpacked. Needs redis-cli ≥ 7.0.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { root } from './run.mjs';

const cache = path.join(root, 'node_modules/.cache/testkit/servers');
const file = path.join(root, 'packages/commands/data/commands.json');
const programs = process.argv.length > 2 ? process.argv.slice(2) : knownPrograms();

/** Commands that these servers have no more or not yet; written by hand from their documentation. */
const additions = JSON.parse(fs.readFileSync(path.join(root, 'packages/commands/data/additions.json'), 'utf8'));
/** Leftovers of old servers that are no commands of a client. */
const noise = new Set(['host:', 'post']);

function knownPrograms() {
  const unpacked = [
    ...['bullseye/run/redis-server', 'bookworm-backports/run/valkey-server', 'trixie/run/valkey-server'],
    'forky/run/valkey-server',
  ];
  const [oldest, ...newer] = unpacked.map((name) => path.join(cache, name));
  const list = [oldest, 'redis-server', ...newer, path.join(cache, 'trixie/run/redis-server')];
  return list.filter((program) => !path.isAbsolute(program) || fs.existsSync(program));
}

async function describe(program) {
  const port = await freePort();
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ferry-commands-'));
  const server = spawn(program, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', dir], {
    stdio: 'ignore',
  });
  try {
    await until(() => ask(port, 'PING'));
    const docs = ask(port, 'COMMAND', 'DOCS');
    return {
      commands: ask(port, 'COMMAND'),
      docs: docs && !Array.isArray(docs) && typeof docs === 'object' ? docs : {},
    };
  } finally {
    server.kill('SIGKILL');
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

function ask(port, ...args) {
  try {
    const text = execFileSync('redis-cli', ['-h', '127.0.0.1', '-p', String(port), '--json', ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function until(condition) {
  for (let tries = 0; tries < 400; tries++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('a server did not answer');
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function entry([anyCase, arity, flags, first, last, step, , , specs, subcommands], docs, table) {
  const name = anyCase.toLowerCase();
  if (noise.has(name)) return;
  const doc = docs[anyCase] ?? {};
  const group = doc.group ?? table.get(name)?.group ?? 'generic';
  const keys = specs ? specs.map(rule).filter(Boolean) : first > 0 ? [ruleOf(first, last, step, flags)] : [];
  table.set(name, {
    name,
    arity,
    group,
    ...(doc.since ? { since: doc.since } : {}),
    flags: [...flags].sort(),
    ...(keys.length > 0 ? { keys } : {}),
    ...(subcommands?.length > 0 ? { container: true } : {}),
  });
  for (const sub of subcommands ?? []) entry(sub, doc.subcommands ?? {}, table);
}

const ruleOf = (first, last, step, flags) => ({
  access: flags.includes('write') ? 'RW' : 'RO',
  at: first,
  range: [last < 0 ? last : last - first, step, 0],
});

/** One key specification; those that only a program can follow are left out, `special` rules in the code replace them. */
function rule({ flags, begin_search: begin, find_keys: find }) {
  const access = flags.find((flag) => ['RO', 'RW', 'OW', 'RM'].includes(flag));
  const at = begin.type === 'index' ? begin.spec.index : [begin.spec.keyword, begin.spec.startfrom];
  if (begin.type === 'unknown' || find.type === 'unknown' || flags.includes('not_key')) return undefined;
  if (find.type === 'range') return { access, at, range: [find.spec.lastkey, find.spec.keystep, find.spec.limit] };
  return { access, at, count: [find.spec.keynumidx, find.spec.firstkey, find.spec.keystep] };
}

const table = new Map();
for (const program of programs) {
  const { commands, docs } = await describe(program);
  for (const command of commands) entry(command, docs, table);
  console.error(`${program}: ${commands.length} commands`);
}
for (const addition of additions) if (!table.has(addition.name)) table.set(addition.name, addition);
const rows = [...table.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
fs.writeFileSync(file, `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
console.error(`${rows.length} commands and subcommands`);
