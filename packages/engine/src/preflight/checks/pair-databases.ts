import { ReplyError } from '@cacheferry/resp';
import { type Check, type CheckContext, type Finding, targetServer } from '../check.ts';

/** Whether the target has the databases that are in use at the source. */
export const pairDatabases: Check = {
  id: 'pair.databases',
  scope: 'pair',
  outcomes: {
    fit: { status: 'pass', message: 'The target has the databases that are needed: {needed}' },
    merged: {
      status: 'warn',
      message: 'Several databases of the source become one: keys of the same name overwrite each other ({databases})',
      fix: 'Give each database of the source its own with --db-map.',
    },
    missing: {
      status: 'fail',
      message: 'The target has no database {missing}: {reason}',
      fix: 'Raise databases in its configuration, or map them with --db-map.',
    },
    clustered: {
      status: 'fail',
      message: 'The source is a cluster with keys in database {above}, and of a cluster only database 0 is followed',
      fix: 'Leave the other databases out (--filter db:0), or have their keys in database 0 first.',
    },
  },
  applies: (context) => targetServer(context) && context.source.isServer,
  run: async (context) => {
    const used = await usedDatabases(context);
    const { rules } = context;
    const needed = [...new Set(rules === null ? used : used.map(rules.mapDb))].sort((a, b) => a - b);
    const above =
      context.source.isScan || context.source.endpoint.kind !== 'cluster' ? undefined : used.find((db) => db > 0);
    if (above !== undefined)
      return { outcome: 'clustered', observed: `database ${above}`, expected: 'database 0 only', facts: { above } };
    const refused = await firstRefused(context, needed);
    if (refused) {
      const facts = { needed: needed.join(', '), missing: refused.db, reason: refused.reason };
      return { outcome: 'missing', observed: `needs ${facts.needed}`, expected: `database ${refused.db}`, facts };
    }
    return judgeDatabases(used, needed);
  },
};

/** Two source databases on one are legal and seldom meant. */
export function judgeDatabases(used: readonly number[], needed: readonly number[]): Finding {
  const facts = { needed: needed.join(', ') || 'none', databases: used.join(', ') };
  const outcome = needed.length < used.length ? 'merged' : 'fit';
  return { outcome, observed: `databases ${facts.needed}`, expected: 'one for each of the source', facts };
}

async function usedDatabases({ source, rules }: CheckContext): Promise<number[]> {
  const infos = await Promise.all((await source.nodes()).map((node) => node.info()));
  const used = new Set(infos.flatMap((info) => [...info.databases().keys()]));
  return [...used].filter((db) => rules?.takesDb(db) !== false).sort((a, b) => a - b);
}

/** Asked by SELECT on a connection of its own: CONFIG is hidden by many. Of a cluster database 0 is written, whatever it has. */
async function firstRefused({ target }: CheckContext, needed: readonly number[]) {
  const above = target.endpoint.kind === 'cluster' ? needed.find((db) => db > 0) : undefined;
  if (above !== undefined) return { db: above, reason: inCluster };
  for (const node of await target.nodes()) {
    await node.connection();
    const connection = await node.open();
    const replies = await connection.pipeline(needed.map((db) => ['SELECT', db]));
    await connection.close();
    const at = replies.findIndex((reply) => reply instanceof ReplyError);
    if (at >= 0) return { db: needed[at] ?? 0, reason: reasonOf(replies[at]) };
  }
  return undefined;
}

const inCluster = 'a cluster has database 0 only';
const reasonOf = (reply: unknown): string =>
  reply instanceof ReplyError && /cluster/i.test(reply.message) ? inCluster : 'its index is too high';
