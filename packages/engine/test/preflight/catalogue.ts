import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { JobInput, PreflightReport, PreflightRow, PreflightStatus } from '@cacheferry/contract';
import { Job } from '@cacheferry/contract';
import { systemClock } from '@cacheferry/kernel';
import { type RedisServer, runFerry, startRedis, tempDir } from '@cacheferry/testkit';
import { runPreflight } from '../../src/preflight/run-preflight.ts';

export type Ends = { source: string; target: string; workDir?: string } & Partial<Pick<JobInput, 'options' | 'mode'>>;
/** A fault that is really there, and what its row tells people to do about it. */
export type Prepared = { ends: Ends; mend: (row: PreflightRow) => Promise<Partial<Ends> | void> };
export type Fault = {
  id: string;
  code: string;
  status: PreflightStatus;
  /** The check looks on for a while. */
  watches?: true;
  /** What remains to be said of it afterwards, on one host or without replicas. */
  leaves?: string;
  needs?: () => boolean | Promise<boolean>;
  prepare: () => Promise<Prepared>;
};

export const twoServers = async (): Promise<{ source: RedisServer; target: RedisServer; ends: Ends }> => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  return { source, target, ends: { source: source.url, target: target.url } };
};

/** Runs the command of a row as it stands there. An ACL line is for the server that it is about. */
export async function type(row: PreflightRow, server?: RedisServer): Promise<void> {
  const line = row.command ?? '';
  if (line.startsWith('ferry ')) return void (await runFerry(line.split(' ').slice(1)));
  if (line.startsWith('ACL ')) return void (await server?.client.call('ACL', ...line.split(' ').slice(1)));
  if (!line.startsWith('redis-cli ')) throw new Error(`nothing to type: ${line}`);
  const { stdout } = await promisify(execFile)('sh', ['-c', `yes yes | ${line}`]);
  if (/^(ERR|NOPERM|WRONG)/.test(stdout)) throw new Error(`${line}: ${stdout}`);
}

export const typed = (server?: RedisServer) => (row: PreflightRow) => type(row, server);

export function ask(ends: Ends, watches: boolean): Promise<PreflightReport> {
  const { source, target, workDir = tempDir('preflight'), ...job } = ends;
  const whole = Job.parse({ version: 1, kind: 'preflight', source: { url: source }, target: { url: target }, ...job });
  const deps = { clock: systemClock, workDir, isQuick: !watches };
  return runPreflight(deps, whole, { signal: new AbortController().signal });
}

/** A file for tests, of those bytes. */
export function fileOf(name: string, bytes: Buffer | string): string {
  const file = path.join(tempDir('files'), name);
  fs.writeFileSync(file, bytes);
  return file;
}

/** What a server with those keys writes when it saves. */
export async function savedRdb(fill: (server: RedisServer) => Promise<unknown>, args: string[] = []): Promise<Buffer> {
  const server = await startRedis({ args });
  await fill(server);
  await server.client.save();
  return fs.readFileSync(path.join(server.dir, 'dump.rdb'));
}
