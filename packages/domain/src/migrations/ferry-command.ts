import { type MigrationMode, MigrationOptions, withoutUploads } from '@cacheferry/contract';
import type { EndRecord } from '../store/places.ts';

/** Each option as it is written on the command line; the contract's names. */
const flags: Record<keyof MigrationOptions, string> = {
  onConflict: '--on-conflict',
  filter: '--filter',
  exclude: '--exclude',
  dbMap: '--db-map',
  keyPrefix: '--key-prefix',
  ttlShiftMs: '--ttl-shift',
  ttlCapMs: '--ttl-cap',
  rateKeys: '--rate-keys',
  rateBytes: '--rate-bytes',
  batch: '--batch',
  connections: '--connections',
  accept: '--accept',
  spoolMaxBytes: '--spool-max-bytes',
  bigKeyBytes: '--big-key-bytes',
  until: '--until',
};

/** A migration as a `ferry` command that a shell takes as it stands. Passwords come from the environment. */
export function ferryCommand(run: {
  source: EndRecord;
  target: EndRecord;
  mode: MigrationMode;
  options: MigrationOptions;
  share?: { number: number; of: number } | undefined;
}): string {
  const usual = MigrationOptions.parse({});
  const ends = [run.source, run.target].map(({ url }) => quote(withoutUploads(url)));
  const words = ['ferry', 'migrate', ...ends, '--mode', run.mode];
  if (run.share) words.push('--share', `${run.share.number}/${run.share.of}`);
  for (const name of Object.keys(flags) as (keyof MigrationOptions)[]) {
    const value = run.options[name];
    if (JSON.stringify(value) === JSON.stringify(usual[name])) continue;
    if (name === 'accept') words.push(flags[name], quote(run.options.accept.join(',')));
    else if (name === 'ttlShiftMs' || name === 'ttlCapMs') words.push(`${flags[name]}=${value}ms`);
    else for (const one of [value].flat()) words.push(flags[name], quote(String(one)));
  }
  const secrets = [run.source.hasPassword && 'SOURCE', run.target.hasPassword && 'TARGET'].filter(Boolean);
  return [...secrets.map((side) => `FERRY_${side}_PASSWORD=…`), ...words].join(' ');
}

/** A word that a POSIX shell reads as it is. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
