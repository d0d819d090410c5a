import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Job } from '@cacheferry/contract';
import { runMigration } from '@cacheferry/engine';
import type { CommandIo, CommandModule } from '../command.ts';
import type { ExitCode } from '../exit.ts';
import { keepYoungSmall } from '../host/keep-young-small.ts';
import { readJob } from '../job/read-job.ts';
import { describeEnd } from '../migrate/describe-progress.ts';
import { jobFileFor, keepJob } from '../migrate/kept-job.ts';
import { migrateHelp, readMigrateFlags } from '../migrate/migrate-flags.ts';
import { RunScreen } from '../migrate/run-screen.ts';
import { targetCounter } from '../status/count-targets.ts';
import { openStatus, type StatusPorts } from '../status/open-status.ts';

/** `ferry migrate`: copies a source to a target, and follows it. */
export const command: CommandModule = {
  help: migrateHelp,
  run: async (args, io) => {
    keepYoungSmall();
    const flags = readMigrateFlags(args);
    const from = jobFileFor(flags);
    const { job, source, target } = await readJob('migrate', from, io);
    const whole = flags.over({
      ...job,
      kind: 'migrate',
      source: withPassword(job.source, source.endpoint),
      target: withPassword(job.target, target.endpoint),
    });
    const { isJson, ports } = flags;
    const configFile = from.jobFile ?? '';
    const countTargets = targetCounter(target.endpoint);
    const run = (dir: string) => migrate({ dir, job: whole, isJson, ports, configFile, countTargets }, io);
    if (flags.stateDir === undefined) return inTemporaryDir(run);
    keepJob(flags.stateDir, whole, from.jobFile);
    return run(flags.stateDir);
  },
};

type Run = {
  dir: string;
  job: Job;
  isJson: boolean;
  ports: StatusPorts;
  configFile: string;
  countTargets: () => Promise<number>;
};

async function migrate({ dir, job, isJson, ports, ...about }: Run, io: CommandIo): Promise<ExitCode> {
  const closeStatus = await openStatus(ports, { dir, clock: io.clock, ...about });
  const screen = new RunScreen(io, isJson);
  const random = () => randomInt(2 ** 32) / 2 ** 32;
  try {
    const deps = { clock: io.clock, random, dir, onEvent: (line: string) => screen.event(line) };
    const { outcome, snapshot } = await runMigration(deps, job, io.signal);
    screen.end();
    if (!isJson) io.stdout.write(`${describeEnd(snapshot)}\n`);
    return outcome === 'stopped' ? 130 : 0;
  } finally {
    screen.end();
    closeStatus();
  }
}

/** Without a state directory nothing is kept: what the run needs on disk is gone when it ends. */
async function inTemporaryDir(action: (dir: string) => Promise<ExitCode>): Promise<ExitCode> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ferry-'));
  try {
    return await action(dir);
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

/** The password may have come from the environment. */
function withPassword(given: Job['source'], endpoint: object): Job['source'] {
  const password = 'password' in endpoint ? endpoint.password : null;
  return typeof password === 'string' ? { ...given, password } : given;
}
