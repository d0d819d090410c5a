import os from 'node:os';
import type { CheckResult, CheckSnapshot, Conflict, RepairResult } from '@cacheferry/contract';
import { checkpointKey, rulesOf, taskOf } from '@cacheferry/engine';
import { FerryError, type LogFields, type Logger, printableKey } from '@cacheferry/kernel';
import { ClusterDirectory, openTopology, resolveEndpoint } from '@cacheferry/topology';
import { type CheckEnd, PoolPlace, runCheck, type SidePlace } from '@cacheferry/verify';
import { type CheckFlags, checkHelp, readCheckFlags } from '../check/check-flags.ts';
import { type CheckRun, openCheckRun, openPlainRun } from '../check/check-run.ts';
import { ConflictFile } from '../check/conflict-file.ts';
import type { CommandIo, CommandModule } from '../command.ts';
import { errorLine, type ExitCode } from '../exit.ts';
import { type End, readJob } from '../job/read-job.ts';
import { bytes } from '../migrate/describe-progress.ts';

const shownConflicts = 20;

/** `ferry check`: the full check of two servers. */
export const command: CommandModule = {
  help: checkHelp,
  run: async (args, io) => {
    const flags = readCheckFlags(args);
    const read = await readJob('check', flags, io);
    const options = flags.optionsOver(read.job.check);
    const rules = rulesOf(flags.scopeOver(read.job.options), read.source.endpoint, read.target.endpoint);
    const addresses = [await locate(read.source, 'source'), await locate(read.target, 'target')] as const;
    const run = await openRun(flags, io);
    const out = flags.outFile === undefined ? null : new ConflictFile(flags.outFile);
    const screen = new Screen(io, flags.isJson);
    try {
      const input = {
        source: addresses[0],
        target: addresses[1],
        sourceName: read.source.url,
        targetName: read.target.url,
        checkpointKey: checkpointKey(taskOf(read.job, read.source.url, read.target.url)),
        rules,
        options,
        signal: run.signal,
      };
      const end = await runCheck(input, {
        clock: io.clock,
        log: run.log,
        workDir: run.dir,
        onProgress: (snapshot) => {
          run.progress(snapshot);
          screen.progress(snapshot);
        },
        onConflict: (conflict, round) => {
          run.conflict(conflict, round);
          out?.write(conflict);
          screen.conflict(conflict);
        },
      });
      await run.end(end);
      return screen.end(end);
    } catch (thrown) {
      await run.end({ thrown });
      throw thrown;
    } finally {
      out?.close();
    }
  },
};

async function locate({ endpoint: named }: End, role: 'source' | 'target'): Promise<SidePlace> {
  const endpoint = await resolveEndpoint(named);
  if (endpoint.kind === 'cluster') return new ClusterDirectory(endpoint);
  // Keys of a pool have to be found on either side of a check, as on a target.
  const topology = await openTopology(endpoint, endpoint.kind === 'twemproxy' ? 'target' : role);
  try {
    const addresses = await Promise.all(topology.shards.map((shard) => shard.locate()));
    if (topology.placement) return new PoolPlace(addresses, topology.placement);
    return addresses[0] as (typeof addresses)[number];
  } finally {
    await topology.close();
  }
}

function openRun(flags: CheckFlags, io: CommandIo): Promise<CheckRun> {
  if (flags.stateDir !== undefined) return openCheckRun(flags.stateDir, io.clock, io.signal);
  return Promise.resolve(openPlainRun(os.tmpdir(), stderrLogger(io), io.signal));
}

function stderrLogger(io: CommandIo): Logger {
  const line = (msg: string, fields: LogFields = {}) =>
    io.stderr.write(`${[msg, ...Object.entries(fields).map(([name, value]) => `${name}=${value}`)].join(' ')}\n`);
  return { info: line, warn: line, error: line };
}

/** What people see: a line every 5 s, the first conflicts, the verdict; with --json only the document. */
class Screen {
  readonly #io: CommandIo;
  readonly #isJson: boolean;
  #saidAt = 0;
  #conflicts = 0;

  constructor(io: CommandIo, isJson: boolean) {
    this.#io = io;
    this.#isJson = isJson;
    this.#saidAt = io.clock.monotonic();
  }

  progress({ phase, round, rounds, keysCompared, keysTotal, keysPerSecond, lagBytes }: CheckSnapshot): void {
    const now = this.#io.clock.monotonic();
    if (this.#isJson || now - this.#saidAt < 5_000) return;
    this.#saidAt = now;
    const doing = `${phase.replaceAll('_', ' ')}, round ${round} of ${rounds}`;
    if (lagBytes) {
      this.#io.stderr.write(`${doing}: the target lacks ${bytes(lagBytes)} of what the source wrote\n`);
      return;
    }
    const total = keysTotal === null ? '' : ` of about ${keysTotal}`;
    // Later rounds look again at what differed, which is counted as compared already.
    const keys = round > 1 && keysTotal !== null ? `${keysTotal} keys looked at again` : `${keysCompared}${total} keys`;
    this.#io.stderr.write(`${doing}: ${keys}, ${keysPerSecond} keys/s\n`);
  }

  conflict({ db, key, class: name, detail }: Conflict): void {
    if (this.#isJson || this.#conflicts++ >= shownConflicts) return;
    this.#io.stdout.write(
      `${name.padEnd(8)} db ${db} ${printableKey(Buffer.from(key, 'base64'))}: ${detail.message}\n`,
    );
  }

  end({ result, isStopped }: CheckEnd): ExitCode {
    const { verdict } = result;
    this.#print(result);
    if (isStopped) return 130;
    if (verdict === 'partial') this.#io.stderr.write(`${errorLine(new FerryError('check.partial'))}\n`);
    return verdict === 'consistent' ? 0 : verdict === 'inconsistent' ? 2 : 1;
  }

  #print(result: CheckResult): void {
    const { verdict, keysCompared, conflicts, rounds, repair } = result;
    if (this.#isJson) this.#io.stdout.write(`${JSON.stringify(result)}\n`);
    else {
      const differs = Object.keys(conflicts).length > 0 ? `conflicts: ${byClass(conflicts)}` : 'no conflict';
      if (repair) this.#io.stdout.write(`${repairLine(repair)}\n`);
      this.#io.stdout.write(
        `${verdict}: ${keysCompared} keys compared in both directions, ${rounds} rounds, ${differs}\n`,
      );
    }
  }
}

const byClass = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');

function repairLine({ keysFound, keysRepaired, classes }: RepairResult): string {
  const kinds = keysRepaired > 0 ? `: ${byClass(classes)}` : '';
  return `${keysRepaired} of ${keysFound} keys repaired${kinds}`;
}
