import { FileInspection, type EndpointTest, type Job, parseEndpointUrl } from '@cacheferry/contract';
import { bringUploads, placeUrl } from '@cacheferry/supervisor';
import * as z from 'zod/mini';
import type { AppDeps } from '../http/app-deps.ts';
import { type AskDeps, askMachine, parseJson, revealEnd, told } from './ask-machine.ts';
import { readTestReport } from './read-test-report.ts';

/**
 * Makes the test of an endpoint: a machine runs a preflight of the endpoint with itself, of which only what it
 * says about the endpoint counts. Nothing is written.
 */
export function createEndpointTest(deps: AskDeps): AppDeps['testEndpoint'] {
  const { uploads } = deps;
  return async (ctx, ref, machineId, signal) => {
    const asked = await revealEnd(deps, ctx, ref);
    const needed = await uploads.ofUrl(asked.url);
    return askMachine(deps, machineId, signal, async ({ link, login, command, workDir }) => {
      const places = await bringUploads({ link, login, workDir }, needed, signal);
      const endpoint = { ...asked, url: placeUrl(asked.url, places) };
      if (isFile(asked.url)) {
        const { stdout, stderr } = await link.run([...command, 'inspect', endpoint.url], {
          signal,
          maxOutputBytes: 4 * 1024 * 1024,
        });
        return readInspections(stdout, asked.url) ?? { ok: false, facts: null, files: [], problem: told(stderr) };
      }
      const job: Job = {
        version: 1,
        kind: 'preflight',
        epoch: 0,
        mode: 'full',
        source: endpoint,
        target: isReadOnly(endpoint.url) ? { url: `rdb:${workDir}/runs/endpoint-test.rdb` } : endpoint,
      };
      const argv = [...command, 'preflight', '--job', '-', '--json', '--state', `${workDir}/runs`];
      const stdin = JSON.stringify(job);
      const { stdout, stderr } = await link.run(argv, { stdin, signal, maxOutputBytes: 4 * 1024 * 1024 });
      return readTestReport(parseJson(stdout)) ?? { ok: false, facts: null, files: [], problem: told(stderr) };
    });
  };
}

const isFile = (url: string): boolean => /^(rdb|aof):/.test(url);
const isReadOnly = (url: string): boolean => /^rediss?-scan/.test(url);

/** What was found in the files; the first damage is the problem. Files are called as they were in the address. */
function readInspections(stdout: string, url: string): EndpointTest | undefined {
  const found = z.safeParse(z.array(FileInspection), parseJson(stdout));
  if (!found.success) return undefined;
  const endpoint = parseEndpointUrl(url);
  const names = endpoint.kind === 'rdb' ? endpoint.paths : endpoint.kind === 'aof' ? [endpoint.path] : [];
  const files = found.data.map((one, index) => ({ ...one, file: names[index] ?? one.file }));
  const damage = files.find((file) => file.problem)?.problem;
  const problem = damage ? { type: `urn:cacheferry:error:${damage.code}`, status: 422, detail: '', ...damage } : null;
  return { ok: problem === null, facts: null, files, problem };
}
