import { LogPage, LogQuery, type StoredEvent } from '@cacheferry/contract';
import { type Context, getCheck, getMigration, listEventsAfter, listLogs } from '@cacheferry/domain';
import { json, type Route, route, stream } from '../http/route.ts';
import { oneLine } from '../http/text-safety.ts';
import { ById } from './shapes.ts';

const pageSize = 1000;

/** Where the events of migrations and of checks are: the same calls for both. */
export const subjects = [
  { root: '/migrations', tag: 'Migrations', what: 'a migration', find: getMigration },
  { root: '/checks', tag: 'Checks', what: 'a full check', find: getCheck },
] as const;
type Subject = (typeof subjects)[number];

/** All lines that a query finds, read page by page. */
async function* linesOf(ctx: Context, id: string, query: LogQuery): AsyncGenerator<StoredEvent, void> {
  const isFiltered = query.level !== undefined || query.q !== undefined || query.type !== undefined;
  for (let after = query.after ?? 0; ; ) {
    const items = isFiltered
      ? (await listLogs(ctx, id, { ...query, before: undefined, after, limit: pageSize })).items
      : await listEventsAfter(ctx, id, { after, limit: pageSize });
    yield* items;
    if (items.length < pageSize) return;
    after = items.at(-1)?.id ?? after;
  }
}

async function* toJsonLines(events: AsyncIterable<StoredEvent>): AsyncGenerator<string, void> {
  for await (const event of events) yield `${JSON.stringify(event)}\n`;
}

/** What a line of text says before its fields. */
const heading = new Set(['id', 'at', 'type', 'level', 'runId', 'seq', 'msg']);

async function* toTextLines(events: AsyncIterable<StoredEvent>): AsyncGenerator<string, void> {
  for await (const event of events) {
    const fields = Object.entries(event).filter(([name]) => !heading.has(name));
    const tail = fields.length > 0 ? ` ${JSON.stringify(Object.fromEntries(fields))}` : '';
    const text = typeof event.msg === 'string' ? event.msg : event.type;
    const level = (event.level ?? 'info').toUpperCase().padEnd(5);
    yield `${event.at} ${level} ${event.id} ${oneLine(text + tail)}\n`;
  }
}

const logsOf = ({ root, tag, what, find }: Subject): Route[] => {
  const download = (kind: 'jsonl' | 'log', type: string, lines: typeof toJsonLines): Route =>
    route(`GET ${root}/:id/logs.${kind}`, {
      needs: 'viewer',
      tag,
      summary: `Download the events of ${what}`,
      params: ById,
      query: LogQuery,
      answer: stream(type),
      handle: async ({ ctx, params, query, deps, reply }) => {
        await find(ctx, params.id);
        const file = { name: `${params.id}.${kind}`, type, lines: lines(linesOf(ctx, params.id, query)) };
        return deps.downloads.send(reply, file);
      },
    });
  return [
    route(`GET ${root}/:id/logs`, {
      needs: 'viewer',
      tag,
      summary: `The stored events of ${what}, page by page`,
      params: ById,
      query: LogQuery,
      answer: json(LogPage, 'LogPage'),
      handle: async ({ ctx, params, query }) => {
        await find(ctx, params.id);
        return listLogs(ctx, params.id, query);
      },
    }),
    download('jsonl', 'application/x-ndjson; charset=utf-8', toJsonLines),
    download('log', 'text/plain; charset=utf-8', toTextLines),
  ];
};

/** Logs of migrations and checks. */
export const logRoutes: readonly Route[] = subjects.flatMap(logsOf);
