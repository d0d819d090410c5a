import type { Say } from './say.ts';

const fields = {
  accept: 'option.accept',
  batch: 'option.batch',
  'big-key-bytes': 'option.bigKeyBytes',
  connections: 'option.connections',
  'db-map': 'option.dbMap',
  exclude: 'option.exclude',
  filter: 'option.filter',
  'key-prefix': 'option.keyPrefix',
  mode: 'option.modeTitle',
  'on-conflict': 'option.conflictTitle',
  'rate-bytes': 'option.rateBytes',
  'rate-keys': 'option.rateKeys',
} as const;

const values = {
  fail: 'option.conflict.fail',
  overwrite: 'option.conflict.overwrite',
  skip: 'option.conflict.skip',
  full: 'option.mode.full',
  sync: 'option.mode.sync',
} as const;

/** Engine and server name options as the command line does; on a page the fields of the form stand for them. */
export function nameFields(text: string, t: Say): string {
  return text.replace(/--([a-z]+(?:-[a-z]+)*)(?: (fail|overwrite|skip|full|sync)\b)?/g, (whole, flag, value) => {
    if (!Object.hasOwn(fields, flag)) return whole;
    const name = t(fields[flag as keyof typeof fields]);
    return value === undefined ? `“${name}”` : `“${name}: ${t(values[value as keyof typeof values])}”`;
  });
}
