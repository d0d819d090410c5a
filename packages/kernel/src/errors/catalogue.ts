import { aofErrors } from './aof.ts';
import { authErrors } from './auth.ts';
import { cachecloudErrors } from './cachecloud.ts';
import { checkErrors } from './check.ts';
import { clusterErrors } from './cluster.ts';
import { controlErrors } from './control.ts';
import { databaseErrors } from './database.ts';
import { endpointErrors } from './endpoint.ts';
import { engineErrors } from './engine.ts';
import { filterErrors } from './filter.ts';
import { hostErrors } from './host.ts';
import { httpErrors } from './http.ts';
import { importErrors } from './import.ts';
import { internalErrors } from './internal.ts';
import { machineErrors } from './machine.ts';
import { machineHostErrors, machineLinkErrors } from './machine-link.ts';
import { migrationErrors } from './migration.ts';
import { preflightErrors } from './preflight.ts';
import { queueErrors } from './queue.ts';
import { rdbErrors } from './rdb.ts';
import { replyErrors } from './reply.ts';
import { requestErrors } from './request.ts';
import { runErrors } from './run.ts';
import { sentinelErrors } from './sentinel.ts';
import { sourceErrors } from './source.ts';
import type { ErrorArea } from './spec.ts';
import { spoolErrors } from './spool.ts';
import { startErrors } from './start.ts';
import { statusErrors } from './status.ts';
import { streamErrors } from './stream.ts';
import { targetErrors } from './target.ts';
import { twemproxyErrors } from './twemproxy.ts';
import { uploadErrors } from './upload.ts';
import { writeErrors } from './write.ts';

/** Every error code that any part can end with. `docs/errors.md` is made from it. */
export const errorCatalogue = {
  ...internalErrors,
  ...endpointErrors,
  ...replyErrors,
  ...sentinelErrors,
  ...clusterErrors,
  ...twemproxyErrors,
  ...cachecloudErrors,
  ...sourceErrors,
  ...targetErrors,
  ...writeErrors,
  ...rdbErrors,
  ...aofErrors,
  ...streamErrors,
  ...spoolErrors,
  ...engineErrors,
  ...filterErrors,
  ...hostErrors,
  ...preflightErrors,
  ...migrationErrors,
  ...runErrors,
  ...checkErrors,
  ...machineErrors,
  ...machineLinkErrors,
  ...machineHostErrors,
  ...controlErrors,
  ...authErrors,
  ...requestErrors,
  ...uploadErrors,
  ...databaseErrors,
  ...httpErrors,
  ...importErrors,
  ...startErrors,
  ...statusErrors,
  ...queueErrors,
} as const satisfies ErrorArea;

export type ErrorCode = keyof typeof errorCatalogue;
