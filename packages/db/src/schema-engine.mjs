// Prisma's schema engine as WebAssembly over node-postgres: for applying migrations at the start, and for the stand-in
// of the native engine that the prisma command starts. Plain JavaScript, because that stand-in runs without a loader.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

/** Type oids of the catalogs' one-byte "char", for which the adapter has no name, and of bpchar, which it has. */
const oneByteChar = 18;
const blankPaddedChar = 1042;
let isLoaded = false;

/** Loads the engine once; a panic in it reaches JavaScript as a bare trap, so its text is kept in a global. */
export async function loadEngine() {
  if (isLoaded) return bindings;
  globalThis.PRISMA_WASM_PANIC_REGISTRY ??= {
    message: '',
    set_message(text) {
      this.message = text;
    },
  };
  const script = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const file = script.replace(/\.js$/, '.wasm');
  const { instance } = await WebAssembly.instantiate(fs.readFileSync(file), { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  isLoaded = true;
  return bindings;
}

/** What the engine said as it gave up, or an empty text. */
export function panicText() {
  return globalThis.PRISMA_WASM_PANIC_REGISTRY?.message ?? '';
}

/**
 * Opens an engine on one database. `close` must be called: it ends the engine's connections.
 * @param {{ url: string, shadowUrl?: string | undefined, datamodels?: [string, string][] | undefined }} options
 */
export async function openSchemaEngine({ url, shadowUrl, datamodels }) {
  const { SchemaEngine } = await loadEngine();
  const opened = [];
  const connect = async (to) => {
    const connection = readOneByteChars(await new PrismaPg({ connectionString: to }).connect());
    opened.push(connection);
    return connection;
  };
  const { provider, adapterName } = new PrismaPg({ connectionString: url });
  const factory = {
    provider,
    adapterName,
    connect: () => connect(url),
    connectToShadowDb: () => (shadowUrl ? connect(shadowUrl) : connectToShadow(url, connect)),
  };
  const engine = await SchemaEngine.new({ datamodels }, () => {}, bindMigrationAwareSqlAdapterFactory(factory));
  const close = async () => {
    engine.free();
    await Promise.allSettled(opened.map((connection) => connection.dispose()));
  };
  return { engine, close };
}

/**
 * Makes a shadow database of our own. Not the adapter's `connectToShadowDb`: that hands the connection string on, whose
 * database name wins over the shadow's, and it drops the shadow while it is still connected to it.
 */
async function connectToShadow(url, connect) {
  const name = `shadow_${randomUUID()}`;
  const shadow = new URL(url);
  shadow.pathname = `/${name}`;
  await withClient(url, (client) => client.query(`create database "${name}"`));
  const connection = await connect(shadow.href);
  const dispose = connection.dispose.bind(connection);
  connection.dispose = async () => {
    await dispose();
    await withClient(url, (client) => client.query(`drop database if exists "${name}" with (force)`));
  };
  return connection;
}

/** Lets the one-byte "char" pass as bpchar, then gives it the type that the engine reads as a character. */
function readOneByteChars(connection) {
  const columns = new WeakMap();
  const performIO = connection.performIO.bind(connection);
  connection.performIO = async (query) => {
    const result = await performIO(query);
    const at = (result.fields ?? []).flatMap((field, i) => (field.dataTypeID === oneByteChar ? [i] : []));
    for (const i of at) result.fields[i].dataTypeID = blankPaddedChar;
    columns.set(query, at);
    return result;
  };
  const queryRaw = connection.queryRaw.bind(connection);
  connection.queryRaw = async (query) => {
    const result = await queryRaw(query);
    for (const i of columns.get(query) ?? []) result.columnTypes[i] = ColumnTypeEnum.Character;
    return result;
  };
  if (connection.startTransaction) {
    const start = connection.startTransaction.bind(connection);
    connection.startTransaction = async (level) => readOneByteChars(await start(level));
  }
  return connection;
}

/** Runs the work with a connection of its own, which is closed afterwards. */
export async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
