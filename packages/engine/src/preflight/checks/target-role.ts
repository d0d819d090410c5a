import { type Check, failure, type Finding, onEachNode, targetServer } from '../check.ts';
import type { Info } from '../info.ts';
import { Prerequisite } from '../prerequisite.ts';
import { checkOfStage, stageOf } from '../stage.ts';

/** The target has to be a primary that takes writes. */
export const targetRole: Check = {
  id: 'target.role',
  scope: 'target',
  outcomes: {
    primary: { status: 'pass', message: '{endpoint} is a primary' },
    every_write_synced: {
      status: 'warn',
      message: '{endpoint} syncs its append-only file at every write: the copy will be slow',
      fix: 'Sync once a second for the run.',
      command: 'redis-cli -h {host} -p {port} CONFIG SET appendfsync everysec',
    },
    replica: {
      status: 'fail',
      message: '{endpoint} is a replica of {primary}: it takes no writes, or loses them',
      fix: 'Point the target at the primary.',
    },
    save_failed: {
      status: 'fail',
      message: '{endpoint} refuses writes because its last snapshot failed',
      fix: 'Look at the log of the server (disk full, no memory to fork), then save once by hand.',
      command: 'redis-cli -h {host} -p {port} BGSAVE',
    },
  },
  applies: targetServer,
  run: ({ target }) =>
    onEachNode(target, async (node) => {
      const attempt = await node.attempt();
      if ('error' in attempt) {
        const stage = stageOf(attempt.error.code);
        if (stage === 'ready') return failure(attempt.error, 'a primary that takes writes');
        throw new Prerequisite(checkOfStage(node.role, stage));
      }
      const { host, port } = await node.address();
      const [sync, stops] = [await node.config('appendfsync'), await node.config('stop-writes-on-bgsave-error')];
      return judgeTargetRole(await node.info(), { host, port, sync, stops });
    }),
};

export type TargetSettings = { host: string; port: number; sync: string | null; stops: string | null };

/** A writable replica is refused too: its primary would take over what was written. */
export function judgeTargetRole(info: Info, { host, port, sync, stops }: TargetSettings): Finding {
  const expected = 'a primary that takes writes';
  const facts = { host, port };
  if (info.text('role') === 'slave') {
    const primary = `${info.text('master_host')}:${info.text('master_port')}`;
    return { outcome: 'replica', observed: `replica of ${primary}`, expected, facts: { ...facts, primary } };
  }
  if (info.text('rdb_last_bgsave_status') === 'err' && stops === 'yes')
    return { outcome: 'save_failed', observed: 'last snapshot failed', expected, facts };
  if (info.text('aof_enabled') === '1' && sync === 'always')
    return { outcome: 'every_write_synced', observed: 'appendfsync always', expected, facts };
  return { outcome: 'primary', observed: 'primary', expected, facts };
}
