#!/usr/bin/env node
// Stands in for Prisma's native schema engine, which is a download: the same command line, the same JSON-RPC lines on
// stdin and stdout, the same log lines on stderr. The prisma command finds it by PRISMA_SCHEMA_ENGINE_BINARY.
import fs from 'node:fs';
import readline from 'node:readline';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { loadEngine, openSchemaEngine, panicText, withClient } from './schema-engine.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: {
    datamodels: { type: 'string', multiple: true },
    datasource: { type: 'string' },
    'enabled-preview-features': { type: 'string' },
    'extension-types': { type: 'string' },
    version: { type: 'boolean' },
  },
});
const source = values.datasource ? JSON.parse(values.datasource) : {};
const url = source.url ?? '';

// A panic in the engine arrives as an uncaught trap; 101 tells the command that it was one.
process.on('uncaughtException', (error) => {
  log('ERROR', { message: panicText() || error.message, backtrace: error.stack });
  process.exit(101);
});

if (values.version) console.log(`schema-engine-cli ${(await loadEngine()).version()}`);
else if (positionals[0] === 'cli') await runCommand(positionals[1]);
else serve();

/** `can-connect-to-database` and `create-database`: asked for before migrate and push. */
async function runCommand(name) {
  try {
    if (name === 'can-connect-to-database') await withClient(url, (client) => client.query('select 1'));
    else if (name === 'create-database') await createDatabase();
    else throw new Error(`unknown command ${name}`);
  } catch (error) {
    log('INFO', { message: 'schema engine' }); // The command skips the first line.
    log('ERROR', knownError(error));
    process.exitCode = 1;
  }
}

async function createDatabase() {
  const admin = new URL(url);
  const name = pg.escapeIdentifier(decodeURIComponent(admin.pathname.slice(1)));
  admin.pathname = '/postgres';
  await withClient(admin.href, (client) => client.query(`create database ${name}`));
}

function log(level, fields) {
  const line = { timestamp: new Date().toISOString(), level, target: 'schema_engine::logger', fields };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

function knownError(error) {
  const { pathname, username, host } = new URL(url);
  const unreachable = ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT', 'ECONNRESET', 'ENOENT'];
  if (error.code === '3D000')
    return { error_code: 'P1003', message: `Database \`${pathname.slice(1)}\` does not exist` };
  if (error.code === '28P01' || error.code === '28000')
    return { error_code: 'P1000', message: `Authentication failed against the database server for \`${username}\`` };
  if (unreachable.includes(error.code))
    return { error_code: 'P1001', message: `Can't reach database server at \`${host}\`` };
  return { error_code: 'P1010', message: error.message };
}

/** Answers one request after the other until stdin ends. */
function serve() {
  let opening;
  let last = Promise.resolve();
  const open = () => {
    const datamodels = values.datamodels?.map((file) => [file, fs.readFileSync(file, 'utf8')]);
    opening ??= openSchemaEngine({ url, shadowUrl: source.shadowDatabaseUrl || undefined, datamodels });
    return opening;
  };
  const close = async () => (await opening?.catch(() => undefined))?.close();
  readline
    .createInterface({ input: process.stdin })
    .on('line', (line) => {
      const request = line.trim() ? JSON.parse(line) : {};
      // Lines without a method are the command's answers to "print".
      if (request.method) last = last.then(() => answer(open, request));
    })
    .on('close', () => last.then(close).finally(() => process.exit(0)));
}

async function answer(open, { id, method, params }) {
  const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  try {
    const result = await call((await open()).engine, method, params);
    // The native engine prints a diff through the command; this one returns it.
    if (method === 'diff' && result.stdout)
      send({ id: 1e6 + id, method: 'print', params: { content: result.stdout.replace(/\n$/, '') } });
    send({ id, result });
  } catch (error) {
    const panic = panicText();
    const message = panic || error.message;
    const known = { error_code: error.code ?? null, meta: error.meta ?? null, error: { message } };
    const data = { is_panic: Boolean(panic), message, ...known };
    send({ id, error: { code: 4466, message: 'The schema engine reported an error.', data } });
  }
}

async function call(engine, method, params) {
  const name = method === 'getDatabaseVersion' ? 'version' : method;
  if (typeof engine[name] !== 'function') throw new Error(`${method} is not in the WebAssembly schema engine`);
  // evaluateDataLoss cannot open a shadow database, but takes what devDiagnostic has left in the engine's cache for
  // the same list of migrations.
  if (method === 'evaluateDataLoss')
    await engine.devDiagnostic({ migrationsList: params.migrationsList, filters: params.filters });
  return (await engine[name](params)) ?? {};
}
