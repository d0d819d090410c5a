import path from 'node:path';
import { defineConfig } from 'prisma/config';

const home = import.meta.dirname;
const schemaDir = path.resolve(home, '../../prisma');

// The native schema engine is a download from a host that may be closed; this runs the same engine from npm.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= path.join(home, 'src/prisma-schema-engine.mjs');
process.env.PRISMA_HIDE_UPDATE_MESSAGE ??= '1';
process.env.CHECKPOINT_DISABLE ??= '1';

const shadow = process.env.SHADOW_DATABASE_URL;

export default defineConfig({
  schema: path.join(schemaDir, 'schema.prisma'),
  migrations: { path: path.join(schemaDir, 'migrations') },
  datasource: { url: process.env.DATABASE_URL ?? '', ...(shadow ? { shadowDatabaseUrl: shadow } : {}) },
});
