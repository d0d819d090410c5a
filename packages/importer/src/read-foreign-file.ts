import { FerryError } from '@cacheferry/kernel';
import { parse } from 'smol-toml';
import type { ForeignJob } from './foreign-file.ts';
import { fromRmtConf } from './from-rmt-conf.ts';
import { fromShakeConf } from './from-shake-conf.ts';
import { fromShakeToml } from './from-shake-toml.ts';
import type { ImportNote } from './note.ts';
import { Settings } from './settings.ts';

/**
 * Reads a configuration of RedisShake or redis-migrate-tool, whichever it is, as what a job can say, and names of all
 * settings that it cannot. Throws `import.unreadable`.
 */
export function readForeignFile(text: string): { job: ForeignJob; notes: ImportNote[] } {
  const { read, settings } = recognise(text);
  const job = read(settings);
  return { job, notes: settings.allNotes() };
}

function recognise(text: string): { read: (settings: Settings) => ForeignJob; settings: Settings } {
  if (/^\s*\[(source|target)\]\s*$/m.test(text) && /^\s*servers\s*:/m.test(text))
    return { read: fromRmtConf, settings: new Settings(rmtLines(text)) };
  if (/^\s*source\.(address|rdb\.input)\s*=/m.test(text) && !/^\s*\[/m.test(text))
    return { read: fromShakeConf, settings: new Settings(confLines(text)) };
  return { read: fromShakeToml, settings: new Settings(flatten(tomlOf(text))) };
}

function tomlOf(text: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    // The parser quotes the text around the fault, which may be a password.
    const line = (error as { line?: unknown }).line;
    throw new FerryError('import.unreadable', {
      problem: typeof line === 'number' ? `it is no TOML in line ${line}` : 'it is of no known form',
    });
  }
}

function* flatten(table: Record<string, unknown>, before = ''): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(table)) {
    const isTable = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
    if (isTable) yield* flatten(value as Record<string, unknown>, `${before}${name}.`);
    else yield [`${before}${name}`, value];
  }
}

function* confLines(text: string): Generator<[string, unknown]> {
  for (const line of text.split('\n')) {
    const found = /^\s*([\w.]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (found) yield [found[1] as string, found[2]];
  }
}

/** `[part]`, `name: value`, and below `servers:` lines with a dash. */
function rmtLines(text: string): Map<string, unknown> {
  const found = new Map<string, unknown>();
  let part = '';
  let list: string[] | null = null;
  for (const line of text.split('\n').map((one) => one.replace(/(^|\s)#.*$/, '').trim())) {
    const head = /^\[(\w+)\]$/.exec(line);
    const item = /^-\s*(\S+)/.exec(line);
    const pair = /^(\w+)\s*:\s*(.*)$/.exec(line);
    if (head) part = head[1] as string;
    else if (item && list) list.push(item[1] as string);
    else if (pair) {
      list = pair[2] === '' ? [] : null;
      found.set(`${part}.${pair[1]}`, list ?? (pair[2] as string).replace(/^"(.*)"$/, '$1'));
    }
  }
  return found;
}
