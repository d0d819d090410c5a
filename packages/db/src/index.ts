export { applyMigrations } from './apply-migrations.ts';
export { type Database, type EmbeddedOptions, startEmbedded } from './embedded-postgres.ts';
export { openDatabase } from './open-database.ts';
export { createSealer, type Place, type Sealer } from './seal.ts';
export { openSignals } from './signals.ts';
export { type OpenStore, openStore } from './store.ts';
