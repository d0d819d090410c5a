export { askEngine } from './control/control-client.ts';
export {
  type AckListener,
  type ControlHandler,
  type ControlServer,
  openControlServer,
} from './control/control-server.ts';
export { type Rates, RunControl } from './control/run-control.ts';
export { findAofParts } from './files/find-aof-parts.ts';
export { type Extent, readChunks } from './files/read-chunks.ts';
export { type Forgotten, forgetTarget } from './forget-target.ts';
export { taskOf } from './plan/task-of.ts';
export { type MigrationRules, rulesOf } from './rules/migration-rules.ts';
export { type PreflightDeps, type PreflightWatch, runPreflight } from './preflight/run-preflight.ts';
export { previewRules } from './preview/preview-rules.ts';
export { EndlessPages, type TableSize } from './recv/scan/endless-pages.ts';
export { type EngineDeps, type MigrationEnd, runMigration } from './run-migration.ts';
export { heldTime } from './ship/held-expiries.ts';
export { EventLog, type EventLogDeps } from './state/event-log.ts';
export {
  identityOf,
  isAlive,
  isSuspended,
  ownIdentity,
  type ProcessIdentity,
} from './state/process-identity.ts';
export { acquireRunLock, lockHolder, type RunLock } from './state/run-lock.ts';
export { openStateDir, type StateDir, stateFiles } from './state/state-dir.ts';
export { keyId } from './snapshot-keys/key-id.ts';
export { checkpointKey, doubtsOf, isBookkeeping } from './write/bookkeeping.ts';
