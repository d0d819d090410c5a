import { Forgotten, type Job } from '@cacheferry/contract';
import { prepareForget, recordForget } from '@cacheferry/domain';
import { bringUploads, placeUrl } from '@cacheferry/supervisor';
import { FerryError, isErrorCode } from '@cacheferry/kernel';
import * as z from 'zod/mini';
import type { AppDeps } from '../http/app-deps.ts';
import { type AskDeps, askMachine, parseJson, toldError } from './ask-machine.ts';

/** Lets the machine of an ended migration remove what the migration has noted on its target. */
export function createForget(deps: AskDeps): AppDeps['forgetTarget'] {
  return async (ctx, id, signal) => {
    const { task, machineId, target } = await prepareForget(ctx, id);
    const needed = await deps.uploads.ofUrl(target.url);
    const { keys } = await askMachine(deps, machineId, signal, async ({ link, login, command, workDir }) => {
      const places = await bringUploads({ link, login, workDir }, needed, signal);
      const end = { ...target, url: placeUrl(target.url, places) };
      const job: Job = { version: 1, kind: 'migrate', epoch: 0, mode: 'full', task, source: end, target: end };
      const limits = { stdin: JSON.stringify(job), signal };
      const { stdout, stderr } = await link.run([...command, 'forget', '--job', '-', '--json'], limits);
      const found = z.safeParse(Forgotten, parseJson(stdout));
      if (found.success) return found.data;
      throw failureOf(stdout, stderr);
    });
    return recordForget(ctx, id, { keys });
  };
}

const Failure = z.object({ code: z.string(), facts: z.record(z.string(), z.union([z.string(), z.number()])) });

/** What it says why it failed, with its facts; else what it said on its way out. */
function failureOf(stdout: string, stderr: string): FerryError {
  const found = z.safeParse(Failure, parseJson(stdout));
  if (found.success && isErrorCode(found.data.code)) return new FerryError(found.data.code, found.data.facts);
  return toldError(stderr);
}
