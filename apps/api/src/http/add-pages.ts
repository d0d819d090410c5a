import fs from 'node:fs';
import path from 'node:path';
import staticFiles from '@fastify/static';
import { FerryError } from '@cacheferry/kernel';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { apiRoot } from './add-routes.ts';
import { sendProblem } from './errors.ts';
import type { Route } from './route.ts';

/**
 * Serves the built pages. A path that is no file is a place within the pages, which their own router knows; under
 * /api, and for anything but reading, it is a problem.
 */
export async function addPages(app: FastifyInstance, webDir: string | null, routes: readonly Route[]): Promise<void> {
  const hasPages = webDir !== null && fs.existsSync(path.join(webDir, 'index.html'));
  if (hasPages)
    await app.register(staticFiles, {
      root: webDir,
      wildcard: false,
      index: 'index.html',
      cacheControl: false,
      setHeaders: (response, file) => {
        // Built files carry a hash of their content in their names.
        const isHashed = /[/\\]assets[/\\]/.test(file);
        response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  app.setNotFoundHandler((request, reply) => {
    const isPage = request.method === 'GET' && isWithinPages(request.url);
    if (isPage && hasPages) return reply.header('cache-control', 'no-cache').sendFile('index.html');
    return sendProblem(request, reply, missing(request, routes));
  });
}

/** A file that is missing is missing, and no page. */
function isWithinPages(url: string): boolean {
  const place = url.split('?')[0] ?? '';
  return !/^\/(api|assets|healthz|readyz|metrics)(\/|$)/.test(place) && !/\.[a-z0-9]{2,5}$/i.test(place);
}

function missing(request: FastifyRequest, routes: readonly Route[]): FerryError {
  const place = (request.url.split('?')[0] ?? '').replace(/\/$/, '');
  const allowed = routes.filter(({ path: pattern }) => matches(apiRoot + pattern, place)).map(({ method }) => method);
  if (allowed.length === 0) return new FerryError('request.no_route');
  return new FerryError('request.wrong_method', { method: request.method, allowed: allowed.join(', ') });
}

function matches(pattern: string, place: string): boolean {
  const [expected, given] = [pattern.split('/'), place.split('/')];
  return expected.length === given.length && expected.every((part, at) => part.startsWith(':') || part === given[at]);
}
