import type { StageContext } from './build-stages.ts';
import { KeyFiles } from './key-files.ts';
import { ownTest } from './own-test.ts';
import { sweep } from './sweep.ts';

/** After a repeated full sync: removes what it does not have, where own keys can be told from others. */
export async function sweepTarget(context: StageContext, rdbBytes: number, signal: AbortSignal): Promise<void> {
  const { deps, session, committer, prior } = context;
  const wanted = new KeyFiles(deps.keysDir, 'wanted');
  const isFilled = session.claim.origin === 'filled';
  if (isFilled && !prior.isKnown) {
    deps.log.warn('Keys that vanished from the source may be left: which keys the target had before is not known');
    return;
  }
  await committer.lane.drain();
  const isMine = ownTest(deps);
  const connection = await deps.openTarget(signal);
  try {
    const removed = await sweep({
      connection,
      wanted,
      prior: isFilled ? prior : null,
      found: new KeyFiles(deps.keysDir, 'found'),
      ...(isMine ? { isMine } : {}),
      command: session.profile.redisVersion >= 40_000 ? 'UNLINK' : 'DEL',
      batchEntries: deps.options.batch,
      takeBatch: () => {
        const batch = committer.pool.take();
        batch.reached = rdbBytes;
        return batch;
      },
      submit: (batch) => committer.submit(batch, 'resync'),
      signal,
    });
    deps.log.info('Keys that the source no longer has were removed', { removed });
  } finally {
    await connection.close();
  }
  wanted.remove();
}
