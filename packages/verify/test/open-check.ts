import {
  CheckOptions,
  type CheckOptionsInput,
  type CheckResult,
  type CheckSnapshot,
  type Conflict,
  MigrationOptions,
  type MigrationOptionsInput,
  parseEndpointUrl,
} from '@cacheferry/contract';
import { rulesOf } from '@cacheferry/engine';
import { silentLogger, systemClock } from '@cacheferry/kernel';
import { type RedisServer, removeDir, tempDir } from '@cacheferry/testkit';
import { runCheck } from '../src/index.ts';

export type Checked = {
  result: CheckResult;
  isStopped: boolean;
  conflicts: Conflict[];
  brief: string[];
  warnings: string[];
  shown: CheckSnapshot[];
};
export type Address = Pick<RedisServer, 'host' | 'port' | 'bareUrl'> & { db?: number; user?: string };

type Watch = { onProgress?: (snapshot: CheckSnapshot) => void };

/** The address of a test server, to be changed. */
export const asAddress = ({ host, port, bareUrl }: RedisServer): Address => ({ host, port, bareUrl });

/** Runs a check of two test servers; `brief` names the conflicts as `db key class`. */
export async function check(
  source: Address,
  target: Address,
  { rules = {}, onProgress, ...options }: CheckOptionsInput & Watch & { rules?: MigrationOptionsInput } = {},
  signal = AbortSignal.timeout(85_000),
): Promise<Checked> {
  const conflicts: Conflict[] = [];
  const shown: CheckSnapshot[] = [];
  const warnings: string[] = [];
  const workDir = tempDir('check');
  const address = ({ host, port, db = 0, user }: Address) => ({
    host,
    port,
    db,
    ...(user ? { user, password: 'any' } : {}),
  });
  const { result, isStopped } = await runCheck(
    {
      source: address(source),
      target: address(target),
      sourceName: source.bareUrl,
      targetName: target.bareUrl,
      checkpointKey: 'cf:ck:none',
      rules: rulesOf(MigrationOptions.parse(rules), parseEndpointUrl('redis://s'), parseEndpointUrl('redis://t')),
      options: CheckOptions.parse({ intervalMs: 50, ttlToleranceMs: 0, ...options }),
      signal,
    },
    {
      clock: systemClock,
      log: { ...silentLogger, warn: (text, facts) => void warnings.push(`${text} ${JSON.stringify(facts)}`) },
      workDir,
      onProgress: (snapshot) => {
        shown.push(snapshot);
        onProgress?.(snapshot);
      },
      onConflict: (conflict) => conflicts.push(conflict),
    },
  ).finally(() => removeDir(workDir));
  const brief = conflicts.map(({ db, key, class: name }) => `${db} ${Buffer.from(key, 'base64')} ${name}`).sort();
  return { result, isStopped, conflicts, brief, warnings, shown };
}
