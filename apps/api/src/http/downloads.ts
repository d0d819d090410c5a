import { Readable } from 'node:stream';
import { FerryError } from '@cacheferry/kernel';
import type { FastifyReply } from 'fastify';

/** Sends files that are made line by line, a limited number at a time. */
export type Downloads = {
  /** Throws `request.too_many_exports`. */
  send(reply: FastifyReply, file: { name: string; type: string; lines: AsyncIterable<string> }): Promise<FastifyReply>;
};

const atOnce = 8;
const chunkCharacters = 64 * 1024;

/** Makes the place where downloads are counted. */
export function createDownloads(): Downloads {
  let open = 0;
  return {
    send: async (reply, { name, type, lines }) => {
      if (open >= atOnce) throw new FerryError('request.too_many_exports', { limit: atOnce });
      open++;
      let isCounted = true;
      const leave = () => {
        if (isCounted) open--;
        isCounted = false;
      };
      reply.raw.once('close', leave);
      try {
        const body = Readable.from(await begun(lines), { objectMode: false });
        body.once('close', leave);
        return reply
          .header('content-disposition', `attachment; filename="${name}"`)
          .header('cache-control', 'no-store')
          .type(type)
          .send(body);
      } catch (error) {
        leave();
        throw error;
      }
    },
  };
}

/** The lines in bigger pieces. The first is asked for at once, so that a refusal is still an ordinary answer. */
async function begun(lines: AsyncIterable<string>): Promise<AsyncIterable<string>> {
  const pieces = inPieces(lines);
  const first = await pieces.next();
  return (async function* () {
    if (first.done) return;
    yield first.value;
    yield* pieces;
  })();
}

async function* inPieces(lines: AsyncIterable<string>): AsyncGenerator<string, void> {
  let piece = '';
  for await (const line of lines) {
    piece += line;
    if (piece.length < chunkCharacters) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
