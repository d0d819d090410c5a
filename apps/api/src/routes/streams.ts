import { type Role, roleIncludes } from '@cacheferry/contract';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod/mini';
import type { AppServices } from '../http/app-deps.ts';
import { type Caller, findCaller } from '../http/caller.ts';
import { invalidRequest } from '../http/parse-input.ts';
import { type Call, type Route, route, stream } from '../http/route.ts';
import { follow } from '../live/follow.ts';
import type { SseStream } from '../live/sse-stream.ts';
import { sessionKeyOf } from '../live/streams.ts';
import { subjects } from './logs.ts';
import { ById } from './shapes.ts';

const type = 'text/event-stream';
const EventQuery = z.object({ lastEventId: z.optional(z.string().check(z.maxLength(20))) });

/** The event after which to go on: the header of a client that comes back, or the same in the address. */
function lastEventId(request: FastifyRequest, query: { lastEventId?: string | undefined }): number {
  const given = request.headers['last-event-id'] ?? query.lastEventId ?? '';
  if (given === '') return 0;
  const id = Number(given);
  if (typeof given === 'string' && /^\d{1,15}$/.test(given)) return id;
  throw invalidRequest([{ path: 'Last-Event-ID', message: 'It is not the id of an event' }]);
}

function roleOf({ actor }: Caller): Role {
  return actor.kind === 'user' ? actor.role : 'viewer';
}

/** Opens a stream for the caller; it ends when the caller may no longer have it. */
function openStream({ deps, request, reply, caller }: Pick<Call<unknown, unknown, unknown>, StreamParts>): SseStream {
  const actor = caller.actor.kind === 'user' ? caller.actor : { id: '', tokenId: null };
  const sessionKey = caller.session ? sessionKeyOf(caller.session.token) : `token ${actor.tokenId}`;
  const isAllowed = async () => {
    const now = await findCaller(deps, request);
    return now.actor.kind === 'user' && now.actor.id === actor.id && roleOf(now) === roleOf(caller);
  };
  return deps.streams.open(reply, { sessionKey, userId: actor.id }, isAllowed);
}
type StreamParts = 'deps' | 'request' | 'reply' | 'caller';

/** Follows one object until the client is gone; what goes wrong after the first byte ends the stream and is logged. */
async function followObject(call: Call<{ id: string }, unknown, unknown>, deps: AppServices, after: number) {
  const sight = roleIncludes(roleOf(call.caller), 'operator') ? 'all' : 'viewer';
  await deps.feeds.use(call.params.id, sight, async (feed) => {
    const stream = openStream(call);
    try {
      await follow(stream, feed, after);
    } catch (error) {
      call.request.log.error({ err: error }, 'An event stream broke off');
    } finally {
      stream.end();
    }
  });
}

/** Streams of events, resumable by the id of the last one that was seen. */
export const streamRoutes: readonly Route[] = [
  ...subjects.map(({ root, tag, what, find }) =>
    route(`GET ${root}/:id/events`, {
      needs: 'viewer',
      tag,
      summary: `Follow ${what}: every event once and in order, after Last-Event-ID; progress without an id`,
      params: ById,
      query: EventQuery,
      answer: stream(type),
      handle: async (call) => {
        const after = lastEventId(call.request, call.query);
        await find(call.ctx, call.params.id);
        await followObject(call, call.deps, after);
      },
    }),
  ),
  route('GET /events', {
    needs: 'viewer',
    tag: 'Live',
    summary: 'Everything that moves, as one stream for a page of lists',
    answer: stream(type),
    handle: async (call) => {
      call.deps.live.join(openStream(call));
    },
  }),
];
