import fs from 'node:fs/promises';
import type { Store } from '@cacheferry/domain';
import { type Clock, toFerryError } from '@cacheferry/kernel';
import type { PartHealth } from '../http/app-deps.ts';

type Deps = { store: Store; countJobs: () => Promise<unknown>; homeDir: string; clock: Clock };

const patienceMs = 3_000;
const leastFreeBytes = 100 * 1024 * 1024;

/** Asks every part whether it works; a part that does not answer in time does not. */
export function createReadiness({ store, countJobs, homeDir, clock }: Deps): () => Promise<Record<string, PartHealth>> {
  const parts: Record<string, () => Promise<unknown>> = {
    database: () => store.ping(),
    queue: countJobs,
    disk: () => checkDisk(homeDir),
  };
  return async () => {
    const names = Object.keys(parts);
    const results = await Promise.all(names.map((name) => ask(parts[name] as () => Promise<unknown>, clock)));
    return Object.fromEntries(names.map((name, at) => [name, results[at] as PartHealth]));
  };
}

async function ask(part: () => Promise<unknown>, clock: Clock): Promise<PartHealth> {
  const late = new AbortController();
  try {
    const alarm = clock.sleep(patienceMs, late.signal).then(() => Promise.reject(new Error('no answer in time')));
    alarm.catch(() => {});
    await Promise.race([part(), alarm]);
    return { isOk: true };
  } catch (thrown) {
    const { code, message } = toFerryError(thrown);
    return { isOk: false, message: code === 'internal.unexpected' ? 'It does not answer' : message };
  } finally {
    late.abort();
  }
}

async function checkDisk(dir: string): Promise<void> {
  const { bavail, bsize } = await fs.statfs(dir);
  if (bavail * bsize < leastFreeBytes) throw new Error('the disk is full');
}
