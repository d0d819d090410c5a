import { type Job, KeyPreview } from '@cacheferry/contract';
import { bringUploads, placeUrl } from '@cacheferry/supervisor';
import * as z from 'zod/mini';
import type { AppDeps } from '../http/app-deps.ts';
import { type AskDeps, askMachine, parseJson, revealEnd, told } from './ask-machine.ts';

/** Makes the preview of rules: a machine takes some keys of the source and tells what the rules make of them. */
export function createKeyPreview(deps: AskDeps): AppDeps['previewKeys'] {
  return async (ctx, { source, target, machineId, options }, signal) => {
    const asked = await revealEnd(deps, ctx, source);
    const other = target ? await revealEnd(deps, ctx, target) : asked;
    const needed = await deps.uploads.ofUrl(asked.url);
    return askMachine(deps, machineId, signal, async ({ link, login, command, workDir }) => {
      const places = await bringUploads({ link, login, workDir }, needed, signal);
      // Where the keys go matters only for the number of its database: its secrets stay here.
      const job: Job = {
        version: 1,
        kind: 'preflight',
        epoch: 0,
        mode: 'full',
        source: { ...asked, url: placeUrl(asked.url, places) },
        target: { url: other.url },
        options,
      };
      const limits = { stdin: JSON.stringify(job), signal, maxOutputBytes: 4 * 1024 * 1024 };
      const { stdout, stderr } = await link.run([...command, 'preview', '--job', '-'], limits);
      const found = z.safeParse(KeyPreview, parseJson(stdout));
      return found.success ? { preview: found.data, problem: null } : { preview: null, problem: told(stderr) };
    });
  };
}
