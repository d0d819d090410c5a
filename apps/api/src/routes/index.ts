import type { Route } from '../http/route.ts';
import { checkRoutes } from './checks.ts';
import { conflictExportRoutes } from './conflict-exports.ts';
import { endpointRoutes } from './endpoints.ts';
import { logRoutes } from './logs.ts';
import { machineRoutes } from './machines.ts';
import { migrationRoutes, preflightRoutes } from './migrations.ts';
import { officeRoutes, tokenRoutes, userRoutes } from './people.ts';
import { sessionRoutes } from './session.ts';
import { targetFileRoutes } from './target-files.ts';
import { uploadRoutes } from './uploads.ts';
import { streamRoutes } from './streams.ts';

/** Every call of the API. */
export const routes: readonly Route[] = [
  ...sessionRoutes,
  ...migrationRoutes,
  ...checkRoutes,
  ...conflictExportRoutes,
  ...logRoutes,
  ...streamRoutes,
  ...preflightRoutes,
  ...endpointRoutes,
  ...targetFileRoutes,
  ...uploadRoutes,
  ...machineRoutes,
  ...userRoutes,
  ...tokenRoutes,
  ...officeRoutes,
];
