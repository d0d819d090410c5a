import { MigrationOptions, withoutUploads } from '@cacheferry/contract';
import * as z from 'zod/mini';

type Run = {
  source: string;
  target: string;
  hasSourcePassword: boolean;
  hasTargetPassword: boolean;
  mode: string;
  options: MigrationOptions;
};

const flags: [keyof MigrationOptions, string][] = [
  ['onConflict', '--on-conflict'],
  ['filter', '--filter'],
  ['exclude', '--exclude'],
  ['dbMap', '--db-map'],
  ['keyPrefix', '--key-prefix'],
  ['ttlShiftMs', '--ttl-shift'],
  ['ttlCapMs', '--ttl-cap'],
  ['rateKeys', '--rate-keys'],
  ['rateBytes', '--rate-bytes'],
  ['batch', '--batch'],
  ['connections', '--connections'],
  ['accept', '--accept'],
  ['spoolMaxBytes', '--spool-max-bytes'],
  ['bigKeyBytes', '--big-key-bytes'],
];

/** The draft as a `ferry` command that a shell takes as it stands; passwords come from the environment. */
export function ferryCommand({ source, target, mode, options, ...has }: Run): string {
  const usual = z.parse(MigrationOptions, {});
  const ends = [source, target].map((url) => quote(withoutUploads(url)));
  const words = ['ferry', 'migrate', ...ends, '--mode', mode];
  for (const [name, flag] of flags) {
    const value = options[name];
    if (JSON.stringify(value) === JSON.stringify(usual[name])) continue;
    if (name === 'accept') words.push(flag, quote(options.accept.join(',')));
    else if (name === 'ttlShiftMs' || name === 'ttlCapMs') words.push(`${flag}=${value}ms`);
    else for (const one of [value].flat()) words.push(flag, quote(String(one)));
  }
  const before = [
    has.hasSourcePassword && 'FERRY_SOURCE_PASSWORD=…',
    has.hasTargetPassword && 'FERRY_TARGET_PASSWORD=…',
  ];
  return [...before.filter(Boolean), ...words].join(' ');
}

/** A word as a POSIX shell reads it unchanged. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
