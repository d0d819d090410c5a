export type { Actor, Context, IdempotencyKey } from './context.ts';
export type { Doorbell, PasswordHasher, Ring, Signal, Signals } from './ports.ts';
export type * from './store/index.ts';
export type * from './runs/ports.ts';
export type {
  InstalledEngine,
  InstallOptions,
  MachineLink,
  MachineLogin,
  MachineTools,
  MachineTransport,
  RunOptions,
  RunResult,
  StreamOptions,
} from './machines/transport.ts';
export type { Page } from './paging.ts';
export { failureFrom, failureOf, problemOf } from './problem.ts';

export { changePassword } from './sessions/change-password.ts';
export { ensureFirstAdmin } from './sessions/ensure-first-admin.ts';
export { getSession, type OpenSession } from './sessions/get-session.ts';
export { type SignedIn, signIn } from './sessions/sign-in.ts';
export { signOut } from './sessions/sign-out.ts';

export { actorOfToken } from './tokens/actor-of-token.ts';
export { createToken } from './tokens/create-token.ts';
export { listTokens } from './tokens/list-tokens.ts';
export { revokeToken } from './tokens/revoke-token.ts';

export { createUser } from './users/create-user.ts';
export { deleteUser } from './users/delete-user.ts';
export { getUser } from './users/get-user.ts';
export { listUsers } from './users/list-users.ts';
export { updateUser } from './users/update-user.ts';

export { type AuditFilter, listAudit } from './audit/list-audit.ts';
export { verifyAudit } from './audit/verify-audit.ts';
export { getSettings } from './settings/get-settings.ts';
export { updateSettings } from './settings/update-settings.ts';

export { createMachine } from './machines/create-machine.ts';
export { deleteMachine } from './machines/delete-machine.ts';
export { drainMachine } from './machines/drain-machine.ts';
export { ensureLocalMachine } from './machines/ensure-local-machine.ts';
export { getMachine } from './machines/get-machine.ts';
export { installMachine } from './machines/install-machine.ts';
export { listMachines } from './machines/list-machines.ts';
export { createMachineStore } from './machines/machine-store.ts';
export { probeMachine } from './machines/probe-machine.ts';
export type { InstallResult, ProbeResult } from './machines/record-probe.ts';
export { trustMachine } from './machines/trust-machine.ts';
export { updateMachine } from './machines/update-machine.ts';

export { createEndpoint } from './endpoints/create-endpoint.ts';
export { deleteEndpoint } from './endpoints/delete-endpoint.ts';
export { getEndpoint } from './endpoints/get-endpoint.ts';
export { listEndpoints } from './endpoints/list-endpoints.ts';
export { revealEndpoint } from './endpoints/reveal-endpoint.ts';
export { updateEndpoint } from './endpoints/update-endpoint.ts';

export { createPreflight } from './preflights/create-preflight.ts';
export { getPreflight } from './preflights/get-preflight.ts';
export { createPreflightStore } from './preflights/preflight-store.ts';

export { createMigration } from './migrations/create-migration.ts';
export { cutoverMigration, rollbackMigration } from './migrations/cutover-migration.ts';
export { deleteMigration } from './migrations/delete-migration.ts';
export { type ForgetTask, prepareForget, recordForget } from './migrations/forget-migration.ts';
export { getMetrics } from './migrations/get-metrics.ts';
export { getMigration } from './migrations/get-migration.ts';
export { getMigrationConfig } from './migrations/get-migration-config.ts';
export { getMigrationReport, type MigrationReport } from './migrations/get-migration-report.ts';
export { getStateHistory } from './migrations/get-state-history.ts';
export { listMigrations } from './migrations/list-migrations.ts';
export { startMigration } from './migrations/start-migration.ts';
export {
  fenceMigration,
  pauseMigration,
  rateMigration,
  resumeMigration,
  unfenceMigration,
} from './migrations/steer-migration.ts';
export { stopMigration } from './migrations/stop-migration.ts';

export { createCheck } from './checks/create-check.ts';
export { getCheck } from './checks/get-check.ts';
export { listChecks } from './checks/list-checks.ts';
export { listConflicts, streamConflicts } from './checks/list-conflicts.ts';
export { repairCheck } from './checks/repair-check.ts';
export { stopCheck } from './checks/stop-check.ts';

export { getProgressEvent } from './events/get-progress-event.ts';
export { listEventsAfter } from './events/list-events-after.ts';
export { listLost } from './events/list-lost.ts';
export { listLogs } from './events/list-logs.ts';
export { pruneHistory } from './events/prune-history.ts';

export { createRunStore } from './runs/run-store.ts';

export { openTargetFile, type TargetFile } from './migrations/open-target-file.ts';
export { appendToUpload } from './uploads/append-to-upload.ts';
export { createUpload } from './uploads/create-upload.ts';
export { deleteUpload } from './uploads/delete-upload.ts';
export { getUpload } from './uploads/get-upload.ts';
export { listUploads } from './uploads/list-uploads.ts';
export { pruneUploads } from './uploads/prune-uploads.ts';
export type { UploadFiles } from './uploads/upload-files.ts';
export { createUploadStore, type NeededUpload, type UploadStore } from './uploads/upload-store.ts';
