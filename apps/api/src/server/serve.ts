import { createUploadStore, ensureFirstAdmin } from '@cacheferry/domain';
import type { Logger as Pino } from 'pino';
import { type App, createApp } from '../app.ts';
import type { Config } from '../config.ts';
import { isLoopback } from '../http/hosts.ts';
import type { Plane } from './open-plane.ts';
import { listenError } from './check-port.ts';
import { createMachineFiles } from './machine-files.ts';
import { createPasswordHasher } from './password-hasher.ts';
import { product } from './product.ts';
import { createReadiness } from './readiness.ts';
import { keyedHash } from './secret-key.ts';
import { createForget } from './forget-target.ts';
import { createKeyPreview } from './preview-keys.ts';
import { createEndpointTest } from './test-endpoint.ts';

/** Builds the HTTP side, listens, and makes the first administrator. `say` tells people what they need to know. */
export async function serve(plane: Plane, config: Config, log: Pino, say: (line: string) => void): Promise<App> {
  const { system, queue, home } = plane;
  const hasher = createPasswordHasher();
  const lookAround = createReadiness({
    store: system.store,
    countJobs: queue.counts,
    homeDir: home.dir,
    clock: system.clock,
  });
  const asking = { ...plane.reach, system, uploads: createUploadStore(system, plane.uploads) };
  let hasStarted = false;
  const app = await createApp({
    clock: system.clock,
    newId: system.newId,
    log,
    store: system.store,
    signals: plane.signals,
    doorbell: system.doorbell,
    hasher,
    version: product.version,
    listen: { host: config.host, allowedHosts: config.allowedHosts },
    webDir: product.webDir,
    hashRequest: keyedHash(plane.key),
    testEndpoint: createEndpointTest(asking),
    previewKeys: createKeyPreview(asking),
    forgetTarget: createForget(asking),
    uploads: plane.uploads,
    openFile: createMachineFiles(plane.reach),
    readiness: async () => ({ start: { isOk: hasStarted }, ...(await lookAround()) }),
    countJobs: queue.counts,
  });
  const port = await listen(app, config);
  if (!isLoopback(config.host))
    log.warn({ host: config.host }, 'This address is open to the network: put HTTPS in front of it');
  // Only now, so that no password is made, and lost, by a start that cannot listen.
  const admin = await ensureFirstAdmin(system, { hasher, password: config.adminPassword?.reveal() ?? null });
  hasStarted = true;
  const first = admin?.password
    ? `First sign-in: user ${admin.username}, one-time password ${admin.password} (shown only this once)\n`
    : '';
  say(`${first}cacheferry ${product.version} is ready at http://${urlHost(config.host)}:${port}`);
  return app;
}

async function listen(app: App, { host, port }: Config): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenError(error, { host, port });
  }
  const address = app.server.address();
  return typeof address === 'object' && address ? address.port : port;
}

/** An address that a browser can open: "all addresses" is none. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
