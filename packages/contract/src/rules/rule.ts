import { type Bound, readBound, readDuration, readSize } from './quantity.ts';
import { parseRegex } from './regex.ts';
import { RuleFault } from './rule-fault.ts';

/** The types of values that a rule can name. */
export const ruleTypes = ['string', 'list', 'set', 'zset', 'hash', 'stream', 'module'] as const;
export type RuleType = (typeof ruleTypes)[number];

/** One rule of `--filter` or `--exclude`. */
export type Rule =
  | { kind: 'glob'; pattern: string }
  | { kind: 'regex'; pattern: string }
  | { kind: 'type'; types: readonly RuleType[] }
  | { kind: 'db'; databases: readonly number[] }
  /** Names in lower case; `@group` stands for all commands of a group. */
  | { kind: 'command'; names: readonly string[] }
  /** `null`: keys without an expiry. */
  | { kind: 'ttl'; bound: Bound | null }
  | { kind: 'size'; bound: Bound };

const maxRegexLength = 512;

const readers: Readonly<Record<string, (value: string) => Rule>> = {
  key: (pattern) => ({ kind: 'glob', pattern }),
  regex: readRegex,
  type: (value) => ({ kind: 'type', types: words(value).map(readType) }),
  db: (value) => ({ kind: 'db', databases: words(value).map(readDatabase) }),
  cmd: (value) => ({ kind: 'command', names: words(value).map(readCommand) }),
  ttl: (value) => ({ kind: 'ttl', bound: value === 'none' ? null : readBound(value, readDuration) }),
  size: (value) => ({ kind: 'size', bound: readBound(value, readSize) }),
};

/**
 * Reads one rule: `key:GLOB`, `regex:EXPRESSION`, `type:hash,set`, `db:0,3`, `cmd:PUBLISH,@scripting`, `ttl:>3600`,
 * `ttl:none`, `size:>1mb`; anything else is a glob of keys.
 *
 * Throws `RuleFault` with what is wrong.
 */
export function parseRule(text: string): Rule {
  const colon = text.indexOf(':');
  const read = colon < 0 ? undefined : readers[text.slice(0, colon)];
  if (!read) return { kind: 'glob', pattern: text };
  const value = text.slice(colon + 1);
  if (value === '') throw new RuleFault(`nothing stands behind ${text}; a glob of keys that begin so is key:${text}*`);
  return read(value);
}

/** What is wrong with a rule, as a sentence with its text; `null` when nothing is. */
export function ruleFault(text: string): string | null {
  return faultOf(text, parseRule);
}

/** What is wrong with a text for whoever reads it; `null` when nothing is. */
export function faultOf(text: string, read: (text: string) => unknown): string | null {
  try {
    read(text);
    return null;
  } catch (error) {
    if (error instanceof RuleFault) return `${text}: ${error.message}`;
    throw error;
  }
}

function words(value: string): string[] {
  return value.split(',').map((word) => word.trim());
}

function readRegex(pattern: string): Rule {
  if (pattern.length > maxRegexLength) throw new RuleFault(`the regular expression is longer than ${maxRegexLength}`);
  parseRegex(pattern);
  return { kind: 'regex', pattern };
}

function readType(word: string): RuleType {
  const type = ruleTypes.find((name) => name === word.toLowerCase());
  if (!type) throw new RuleFault(`there is no type ${word || '""'}; the types are ${ruleTypes.join(', ')}`);
  return type;
}

function readDatabase(word: string): number {
  if (!/^\d{1,6}$/.test(word)) throw new RuleFault(`${word || '""'} is no database; write numbers like 0,3`);
  return Number(word);
}

function readCommand(word: string): string {
  if (!/^@?[A-Za-z][\w.-]{0,63}$/.test(word))
    throw new RuleFault(`${word || '""'} is no command; write names like PUBLISH, or a group like @scripting`);
  return word.toLowerCase();
}
