import type { ExistingKeyPolicy, RdbReader } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import type { RunControl } from '../control/run-control.ts';
import type { Limiter } from '../coord/limiter.ts';
import type { ShardTally } from '../coord/tally.ts';
import type { Receiver } from '../recv/receiver.ts';
import type { LostReport } from '../ship/lost-report.ts';
import { FileOutput } from './file-output.ts';
import { type CopyScope, RdbCopy } from './rdb-copy.ts';
import { formatOfReader } from './reader-formats.ts';
import { ReaderRewrite } from './reader-rewrite.ts';
import { SideFile } from './side-file.ts';
import { refuseExisting } from './target-files.ts';

export type WriteDeps = CopyScope & {
  file: string;
  policy: ExistingKeyPolicy;
  receiver: Receiver;
  /** The server that is to load the file; `null`: one like the source. */
  reader: RdbReader | null;
  lost: LostReport;
  tally: ShardTally;
  control: RunControl;
  limiter: Limiter;
  onPhase: (phase: ShardTally['phase']) => void;
};

/**
 * Writes the RDB of a shard to its file. A source that begins anew in between is followed with a new draft.
 *
 * Throws `target.file_exists`, `host.…`, what ended the source, and `migration.stopped`; the file is then as it was.
 */
export async function writeShard(deps: WriteDeps, signal: AbortSignal): Promise<void> {
  const { file, policy, receiver, tally, control } = deps;
  refuseExisting(file, policy);
  const ends = AbortSignal.any([signal, control.stopSignal]);
  await receiver.start(null);
  const reader = await receiver.open();
  let output: FileOutput | null = null;
  const side = new SideFile(`${file}.side`);
  try {
    let copy: RdbCopy | null = null;
    for (;;) {
      const part = await reader.read(ends);
      if (part?.kind === 'full_sync') {
        await output?.discard();
        await side.discard();
        tally.restart();
        output = new FileOutput(file);
        copy = new RdbCopy(output, side, deps, rewriteOf(deps));
        deps.onPhase('full_sync');
      } else if (part?.kind === 'rdb' && copy) await takePart(copy, part.bytes, deps, ends);
      else if (part?.kind === 'rdb_end' && copy && output) {
        await copy.finish();
        refuseExisting(file, policy);
        await output.finish();
        note(copy, tally);
        return;
      } else throw new FerryError('internal.unexpected', {}, new Error(`${part?.kind} came in place of an RDB`));
    }
  } catch (error) {
    await output?.discard();
    throw error;
  } finally {
    await side.discard();
    await reader.close();
  }
}

function rewriteOf({ reader, lost, tally }: WriteDeps): ReaderRewrite | null {
  if (reader === null) return null;
  return new ReaderRewrite(formatOfReader(reader), (loss) => {
    tally.addLost(loss.class, loss.count);
    lost.add(loss);
  });
}

async function takePart(copy: RdbCopy, bytes: Buffer, deps: WriteDeps, signal: AbortSignal): Promise<void> {
  const { control, limiter, tally } = deps;
  if (control.isPaused) await control.whilePaused(signal);
  const { rateKeys, rateBytes } = control.rates;
  const before = copy.keys;
  await copy.take(bytes);
  if (rateKeys + rateBytes > 0) await limiter.take(copy.keys - before, bytes.length, signal);
  note(copy, tally);
}

function note(copy: RdbCopy, tally: ShardTally): void {
  tally.keysDone = copy.keys;
  tally.keysSkipped = copy.left;
  tally.keysTotal = copy.keysTotal > 0 ? copy.keysTotal : null;
  tally.rdbBytesDone = copy.reached;
  tally.bytesOut = copy.bytesOut;
}
