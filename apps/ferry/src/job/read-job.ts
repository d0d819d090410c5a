import fs from 'node:fs';
import {
  type Endpoint,
  familyOf,
  formatEndpointUrl,
  Job,
  type JobEndpoint,
  parseEndpointUrl,
  withSecrets,
} from '@cacheferry/contract';
import { FerryError, type Secret } from '@cacheferry/kernel';
import { wrongUse } from '../arguments.ts';
import type { CommandIo } from '../command.ts';
import { readInput } from '../host/read-input.ts';
import { requireInRoots } from './file-roots.ts';

/** Both ends of a command, with their secrets, and the job that named them. */
export type ReadJob = { job: Job; source: End; target: End };
/** `url` holds no secret: for texts, results and names. */
export type End = { endpoint: Endpoint; url: string };

const mostBytes = 1024 * 1024;

/**
 * Reads source and target from positionals, or the job from a file (mode 0600, ours) or, with `-`, from standard input;
 * passwords may come from the environment. Throws `usage.invalid`, `config.unsafe_file`, `endpoint.*`.
 */
export async function readJob(
  command: string,
  from: { positionals: readonly string[]; jobFile: string | undefined },
  io: CommandIo,
): Promise<ReadJob> {
  const job = from.jobFile === undefined ? jobOfUrls(command, from.positionals) : await jobOfFile(command, from, io);
  const source = endOf(job.source, io.config.sourcePassword);
  const target = endOf(job.target, io.config.targetPassword);
  for (const { endpoint } of [source, target]) requireInRoots(endpoint, io.config.fileRoots);
  const [left, right] = [familyOf(source.endpoint), familyOf(target.endpoint)];
  if (left !== right && left === 'redis')
    throw new FerryError('endpoint.family_mismatch', { source: left, target: right });
  return { job, source, target };
}

function jobOfUrls(command: string, [source, target]: readonly string[]): Job {
  if (source === undefined || target === undefined)
    throw wrongUse(command, 'SOURCE and TARGET are needed, or --job FILE');
  return Job.parse({ version: 1, source: { url: source }, target: { url: target } });
}

async function jobOfFile(
  command: string,
  { positionals, jobFile }: { positionals: readonly string[]; jobFile: string | undefined },
  io: CommandIo,
): Promise<Job> {
  if (positionals.length > 0) throw wrongUse(command, 'give either --job or SOURCE and TARGET');
  const text = jobFile === '-' ? await readInput(command, io.stdin) : readSafeFile(command, jobFile as string);
  const parsed = Job.safeParse(parseJson(command, text));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join('.') || issue.message).slice(0, 5);
  throw wrongUse(command, `the job is not valid at ${where.join(', ')}`);
}

function endOf({ url, password, sentinelPassword, token }: JobEndpoint, fromEnvironment: Secret | null): End {
  const parsed = parseEndpointUrl(url);
  const beside = {
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(token === undefined ? {} : { token }),
  };
  const own = 'password' in parsed ? parsed.password : null;
  const given = password ?? own ?? fromEnvironment?.reveal();
  const endpoint = withSecrets(parsed, {
    ...beside,
    ...(given === undefined || given === null ? {} : { password: given }),
  });
  return { endpoint, url: formatEndpointUrl(endpoint) };
}

function parseJson(command: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The message of the parser repeats the text, which may hold a password.
    throw wrongUse(command, 'the job is not JSON');
  }
}

/** A file with passwords in it: an ordinary one, ours, that nobody else can read. */
function readSafeFile(command: string, file: string): string {
  const handle = openNoFollow(command, file);
  try {
    const found = fs.fstatSync(handle);
    const isOurs = process.getuid === undefined || found.uid === process.getuid();
    if (!found.isFile() || !isOurs || (found.mode & 0o077) !== 0 || found.size > mostBytes)
      throw new FerryError('config.unsafe_file', { file });
    return fs.readFileSync(handle, 'utf8');
  } finally {
    fs.closeSync(handle);
  }
}

function openNoFollow(command: string, file: string): number {
  try {
    return fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw wrongUse(command, `there is no file ${file}`, error);
    throw new FerryError('config.unsafe_file', { file }, error);
  }
}
