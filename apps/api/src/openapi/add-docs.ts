import type { FastifyInstance } from 'fastify';
import type { Route } from '../http/route.ts';
import { docsPage, docsStyle } from './docs-page.ts';
import { openApiDocument } from './document.ts';

/** Adds the document at /api/openapi.json and the page at /api/docs. Both are public: they name no installation. */
export function addDocs(app: FastifyInstance, routes: readonly Route[], version: string): void {
  const document = openApiDocument(routes, version);
  const files: readonly [string, string, string][] = [
    ['/api/openapi.json', 'application/json; charset=utf-8', JSON.stringify(document)],
    ['/api/docs', 'text/html; charset=utf-8', docsPage(document)],
    ['/api/docs.css', 'text/css; charset=utf-8', docsStyle],
  ];
  for (const [url, type, body] of files)
    app.get(url, async (_request, reply) => reply.type(type).header('cache-control', 'no-cache').send(body));
}
