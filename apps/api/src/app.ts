import type { Context } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import { addHealth } from './health/add-health.ts';
import { addPages } from './http/add-pages.ts';
import { addRoutes } from './http/add-routes.ts';
import type { AppDeps, AppServices } from './http/app-deps.ts';
import { createDownloads } from './http/downloads.ts';
import { addErrorHandler, bodyLimit, classify, sendProblem } from './http/errors.ts';
import { createHostGuard } from './http/hosts.ts';
import { answerRawError } from './http/raw-errors.ts';
import { readJson } from './http/read-json.ts';
import { isSecure } from './http/request-facts.ts';
import { securityHeaders, transportSecurity } from './http/security-headers.ts';
import { createFeeds } from './live/feeds.ts';
import { createLiveEvents } from './live/live-events.ts';
import { createStreams } from './live/streams.ts';
import { addDocs } from './openapi/add-docs.ts';
import { routes } from './routes/index.ts';

const closePatienceMs = 5_000;

/** The HTTP side, not listening yet. `stopServing` turns /readyz off and ends the streams; `close` comes after it. */
export type App = FastifyInstance & { stopServing(): void };

/** Builds the HTTP side out of what it is given. It never listens and starts nothing but its streams. */
export async function createApp(deps: AppDeps): Promise<App> {
  const app = fastify({
    // Fastify's type of a logger is wider than pino's own.
    loggerInstance: deps.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: deps.newId,
    bodyLimit,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    http: { headersTimeout: 15_000, maxHeaderSize: 16_384 },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    clientErrorHandler: answerRawError,
    frameworkErrors: (error, request, reply) => void sendProblem(request, reply, classify(error)),
  });
  const ctx = systemContext(deps);
  const lifetime = { isStopping: false };
  const services: AppServices = {
    ...deps,
    streams: createStreams(deps.clock),
    feeds: createFeeds(ctx, deps.signals),
    live: createLiveEvents(ctx, deps.signals),
    downloads: createDownloads(),
  };
  addGuards(app, deps);
  addErrorHandler(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    readJson(body),
  );
  app.addContentTypeParser('application/octet-stream', async (request: FastifyRequest, body: unknown) => {
    if ('takesBytes' in request.routeOptions.config && request.routeOptions.config.takesBytes) return body;
    throw new FerryError('request.wrong_type');
  });
  addRoutes(app, services, routes);
  addDocs(app, routes, deps.version);
  addHealth(app, services, ctx, lifetime);
  await addPages(app, deps.webDir, routes);
  app.addHook('preClose', async () => {
    // Requests under way get some seconds; who still holds a connection then loses it.
    const cut = setTimeout(() => app.server.closeAllConnections(), closePatienceMs);
    app.server.once('close', () => clearTimeout(cut));
  });
  app.addHook('onClose', async () => {
    await Promise.all([services.feeds.close(), services.live.close()]);
  });
  const stopServing = () => {
    lifetime.isStopping = true;
    services.streams.endAll();
  };
  return Object.assign(app, { stopServing }) as App;
}

function systemContext(deps: AppDeps): Context {
  const { clock, newId, store, doorbell } = deps;
  const log: Context['log'] = {
    info: (msg, fields = {}) => deps.log.info(fields, msg),
    warn: (msg, fields = {}) => deps.log.warn(fields, msg),
    error: (msg, fields = {}) => deps.log.error(fields, msg),
  };
  const actor = { kind: 'system', name: 'api' } as const;
  return { actor, address: null, requestId: null, clock, newId, log, store, doorbell };
}

/** Before anything else of a request: under which name it came, and the headers of every answer. Afterwards: its line in the log. */
function addGuards(app: FastifyInstance, deps: AppDeps): void {
  const isOwnHost = createHostGuard(deps.listen);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    if (isSecure(request)) reply.header('strict-transport-security', transportSecurity);
    const { host = '' } = request.headers;
    if (!isOwnHost(host)) throw new FerryError('request.wrong_host', { host: host.slice(0, 100) });
  });
  app.addHook('onResponse', async (request, reply) => {
    const place = request.url.split('?')[0] ?? '';
    const line = {
      method: request.method,
      path: place.slice(0, 200),
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    };
    if (reply.statusCode >= 500) request.log.warn(line, 'Request');
    else request.log.debug(line, 'Request');
  });
}
