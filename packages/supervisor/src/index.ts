export { bringUploads, placeUrl } from './bring-uploads.ts';
export { createSupervisor, type Supervisor } from './create-supervisor.ts';
export type { SupervisorDeps } from './supervisor-deps.ts';
