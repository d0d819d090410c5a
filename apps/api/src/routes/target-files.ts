import { openTargetFile } from '@cacheferry/domain';
import * as z from 'zod/mini';
import { type Route, route, stream } from '../http/route.ts';
import { ById } from './shapes.ts';

const type = 'application/octet-stream';
const ByIndex = z.extend(ById, { index: z.coerce.number().check(z.int(), z.gte(0), z.lte(1_000)) });

/** The RDB files that migrations have written. */
export const targetFileRoutes: readonly Route[] = [
  route('GET /migrations/:id/files/:index', {
    needs: 'operator',
    tag: 'Migrations',
    summary: 'Download an RDB file that a completed migration has written, counted from 0',
    params: ByIndex,
    answer: stream(type),
    handle: async ({ ctx, params, deps, reply }) => {
      const file = await openTargetFile(ctx, params.id, params.index);
      const { bytes, content } = await deps.openFile(file);
      reply.raw.once('close', () => content.destroy());
      const plain = file.name.replace(/[^\w.-]+/g, '_');
      return reply
        .header(
          'content-disposition',
          `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(file.name)}`,
        )
        .header('content-length', bytes)
        .header('cache-control', 'no-store')
        .type(type)
        .send(content);
    },
  }),
];
