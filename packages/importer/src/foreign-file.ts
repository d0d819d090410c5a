import type { JobInput, MigrationOptionsInput } from '@cacheferry/contract';
import { ruleFault } from '@cacheferry/contract';
import type { Settings } from './settings.ts';

/** What a foreign file says, as far as a job can say it. */
export type ForeignJob = Pick<JobInput, 'source' | 'target'> & {
  mode: 'full' | 'sync';
  options: Partial<MigrationOptionsInput>;
};

export type Address = { addresses: readonly string[]; user: string; password: string; isTls: boolean };

/** The end that servers of one kind make. `scan`: read by SCAN in place of the stream. */
export function serverEnd(
  kind: 'standalone' | 'cluster' | { master: string; watcher?: string },
  { addresses, user, password, isTls }: Address,
  scan = false,
): ForeignJob['source'] {
  const scheme = `redis${isTls ? 's' : ''}${scan ? '-scan' : ''}`;
  const login = user === '' ? '' : `${encodeURIComponent(user)}@`;
  const beside = password === '' ? {} : { password };
  if (kind === 'standalone') return { url: `${scheme}://${login}${addresses[0] ?? ''}`, ...beside };
  if (kind === 'cluster') return { url: `${scheme}+cluster://${login}${addresses.join(',')}`, ...beside };
  const watcher = kind.watcher ? `?sentinelUser=${encodeURIComponent(kind.watcher)}` : '';
  const master = encodeURIComponent(kind.master);
  return { url: `${scheme}+sentinel://${login}${addresses.join(',')}/${master}${watcher}`, ...beside };
}

/** That very key, as a rule. */
export const keyRule = (text: string): string => `key:${quoteGlob(text)}`;
/** A key that begins with that text, as a rule. */
export const prefixRule = (text: string): string => `key:${quoteGlob(text)}*`;
export const suffixRule = (text: string): string => `key:*${quoteGlob(text)}`;
const quoteGlob = (text: string): string => text.replace(/[*?[\]\\^]/g, '\\$&');

/** Those rules that are understood; the others are named. */
export function usableRules(settings: Settings, name: string, rules: readonly string[]): string[] {
  return rules.filter((rule) => {
    const fault = ruleFault(rule);
    if (fault !== null) settings.note('bad_rule', name, { fault });
    return fault === null;
  });
}

/** What to do with keys that the target has, in the words of the others. */
export const policies: Readonly<Record<string, 'fail' | 'overwrite' | 'skip'>> = {
  panic: 'fail',
  none: 'fail',
  rewrite: 'overwrite',
  skip: 'skip',
  ignore: 'skip',
};
