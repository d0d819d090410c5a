import { type Check, failure, type Finding, onEachNode, sourceServer } from '../check.ts';
import type { Info } from '../info.ts';
import { Prerequisite } from '../prerequisite.ts';
import { checkOfStage, stageOf } from '../stage.ts';

/** What the source is busy with on its disk: a full sync has to wait for it, or fails like it. */
export const sourcePersistence: Check = {
  id: 'source.persistence',
  scope: 'source',
  outcomes: {
    idle: { status: 'pass', message: '{endpoint} writes no snapshot right now' },
    saving: {
      status: 'warn',
      message: '{endpoint} is writing a snapshot ({what}): the full sync begins after it',
      fix: 'Wait until it is done, or start all the same: the engine queues behind it.',
    },
    save_failed: {
      status: 'fail',
      message: 'The last snapshot of {endpoint} failed: the one for the full sync would too',
      fix: 'Look at the log of the server (disk full, no memory to fork), then save once by hand.',
      command: 'redis-cli -h {host} -p {port} BGSAVE',
      overridable: true,
    },
  },
  applies: sourceServer,
  run: ({ source }) =>
    onEachNode(source, async (node) => {
      const attempt = await node.attempt();
      if ('connection' in attempt) {
        const { host, port } = await node.address();
        return judgePersistence(await node.info(), { host, port });
      }
      const stage = stageOf(attempt.error.code);
      if (stage === 'ready') return failure(attempt.error, 'ready');
      throw new Prerequisite(checkOfStage(node.role, stage));
    }),
};

/** Only ever fields that every server since 2.4 has, under either of their names. */
export function judgePersistence(info: Info, address: { host: string; port: number }): Finding {
  const expected = 'no snapshot under way';
  const failed = info.text('rdb_last_bgsave_status') === 'err';
  if (failed) return { outcome: 'save_failed', observed: 'last snapshot failed', expected, facts: address };
  const saving = info.text('rdb_bgsave_in_progress') === '1' || info.text('bgsave_in_progress') === '1';
  const rewriting = info.text('aof_rewrite_in_progress') === '1';
  if (!saving && !rewriting) return { outcome: 'idle', observed: 'idle', expected };
  const what = saving ? 'BGSAVE' : 'BGREWRITEAOF';
  return { outcome: 'saving', observed: what, expected, facts: { ...address, what } };
}
