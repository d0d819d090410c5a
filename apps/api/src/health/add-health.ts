import type { Context } from '@cacheferry/domain';
import { toFerryError } from '@cacheferry/kernel';
import type { FastifyInstance } from 'fastify';
import type { AppServices } from '../http/app-deps.ts';
import { createGather } from './gather.ts';
import { createRequestTimes, writeMetrics } from './metrics.ts';

/** What the health calls need to know of the process. */
export type Lifetime = { isStopping: boolean };

/** Adds /healthz, /readyz and /metrics: for machines, without sign-in, and without versions or secrets. */
export function addHealth(app: FastifyInstance, deps: AppServices, ctx: Context, lifetime: Lifetime): void {
  const times = createRequestTimes();
  const gather = createGather(deps, ctx, times);
  app.addHook('onResponse', async (request, reply) => {
    if (!reply.raw.headersSent || request.url.startsWith('/metrics')) return;
    times.add(request.method, reply.statusCode, reply.elapsedTime / 1000);
  });
  app.get('/healthz', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const parts = await deps.readiness();
    const isReady = !lifetime.isStopping && Object.values(parts).every(({ isOk }) => isOk);
    return reply
      .status(isReady ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: lifetime.isStopping ? 'stopping' : isReady ? 'ready' : 'not ready', parts });
  });
  app.get('/metrics', async (request, reply) => {
    reply.header('cache-control', 'no-store').type('text/plain; version=0.0.4; charset=utf-8');
    try {
      return await reply.send(writeMetrics(await gather()));
    } catch (thrown) {
      request.log.warn({ code: toFerryError(thrown).code }, 'The metrics could not be read');
      return reply.status(503).send('# the database does not answer\n');
    }
  });
}
