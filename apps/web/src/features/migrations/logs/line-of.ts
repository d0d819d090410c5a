import { migrationStates, type StoredEvent } from '@cacheferry/contract';
import { type ErrorFacts, printableKey } from '@cacheferry/kernel';
import type { TFunction } from 'i18next';
import { fillAll, ownText, type RowLanguage } from '../../../i18n/row-text.ts';
import { nameFields } from '../../../i18n/name-fields.ts';
import { inPhrases } from '../../../i18n/phrases.ts';
import { bytesOf } from '../../../ui/bytes-of.ts';
import { visibleText } from './visible-text.ts';

/** The words of the page, and in what words it says what the engine says. */
export type LogWords = { t: TFunction; server: RowLanguage };
export type LogLine = { level: 'debug' | 'info' | 'warn' | 'error'; shard: string; message: string; fields: string };

const maxCharacters = 16_384;
const head = new Set(['id', 'at', 'type', 'level', 'runId', 'seq', 'msg', 'shard']);

/** An event of a migration as a line of its log; nothing in it can break out of the line. */
export function lineOf(event: StoredEvent, words: LogWords): LogLine {
  const { message, used } = messageOf(event, words);
  const rest = Object.entries(event).filter(
    ([name, value]) => !head.has(name) && !used.includes(name) && value !== null,
  );
  const fields = rest.map(([name, value]) => `${name}=${fieldText(value)}`).join(' ');
  return {
    level: event.level ?? (event.type === 'error' ? 'error' : 'info'),
    shard: typeof event.shard === 'string' ? visibleText(event.shard) : '',
    message: cut(visibleText(message)),
    fields: cut(visibleText(fields)),
  };
}

type Message = { message: string; used: string[] };

function messageOf(event: StoredEvent, { t, server }: LogWords): Message {
  const text = (name: string) => (typeof event[name] === 'string' ? (event[name] as string) : '');
  switch (event.type) {
    case 'log':
      return named(logMessage(event, server), t);
    case 'phase':
      return { message: t('log.phase', { phase: wordOf(text('phase'), t) }), used: ['phase', 'state'] };
    case 'ack':
      return {
        message: t(event.ok === true ? 'log.ack' : 'log.refused', { command: wordOf(text('command'), t) }),
        used: ['command', 'ok'],
      };
    case 'error':
      return named(errorMessage(event, server), t);
    case 'done':
      return { message: t('log.done', { outcome: wordOf(text('outcome'), t) }), used: ['outcome'] };
    case 'state':
      return {
        message: t('log.state', { from: wordOf(text('from'), t) || '–', to: wordOf(text('to'), t) }),
        used: ['from', 'to'],
      };
    case 'conflict':
      return conflictMessage(event, t);
    default:
      return { message: text('msg') || event.type, used: [] };
  }
}

/** Who reads this page has the fields of its form, not the flags of a command line. */
const named = ({ message, used }: Message, t: TFunction): Message => ({ message: nameFields(message, t), used });

/** What the engine says; of a row of the preflight, what the row says. */
function logMessage(event: StoredEvent, server: RowLanguage): Message {
  const text = (name: string) => String(event[name] ?? '');
  const message = server.phrase(text('msg'));
  if (typeof event.check !== 'string' || typeof event.reason !== 'string') return { message, used: [] };
  const none = { observed: '', expected: '' };
  const row = { id: event.check, code: text('outcome'), facts: factsOf(event), ...none };
  const said = ownText({ ...row, message: event.reason, fix: text('fix') }, server);
  const parts = [`${message}: ${said.message}`, said.fix].filter(Boolean);
  return { message: parts.join(' · '), used: ['reason', 'fix', 'outcome', 'facts'] };
}

function errorMessage(event: StoredEvent, { codes, phrase }: RowLanguage): Message {
  const [code = '', detail = '', fix = ''] = ['code', 'detail', 'fix'].map((name) => String(event[name] ?? ''));
  const own = codes?.[code];
  const facts = inPhrases(factsOf(event), phrase);
  const parts = own ? [code, fillAll(own.title, facts, detail), fillAll(own.fix, facts, fix)] : [code, detail, fix];
  return { message: parts.filter(Boolean).join(' · '), used: ['code', 'detail', 'fix', ...(own ? ['facts'] : [])] };
}

const factsOf = ({ facts }: StoredEvent): ErrorFacts =>
  typeof facts === 'object' && facts !== null ? (facts as ErrorFacts) : {};

const words = [
  ...migrationStates,
  'catching_up',
  'connecting',
  'handshake',
  'reconnecting',
  'waiting_snapshot',
  'done',
  'consistent',
  'inconsistent',
  'partial',
  'pause',
  'resume',
  'rate',
  'stop',
  'fence',
  'unfence',
] as const;

/** A state, phase, outcome or command as a word; one that is newer than this page as it is. */
function wordOf(name: string, t: TFunction): string {
  const known = words.find((word) => word === name);
  return known ? t(`log.word.${known}`) : name;
}

function conflictMessage(event: StoredEvent, t: TFunction): Message {
  const conflict = event.conflict as { class?: string; key?: string } | undefined;
  const key = printableKey(bytesOf(conflict?.key ?? ''));
  return { message: t('log.conflict', { name: conflict?.class ?? '', key }), used: ['conflict'] };
}

function fieldText(value: unknown): string {
  if (typeof value === 'string') return /[\s="]/.test(value) ? JSON.stringify(value) : value;
  return JSON.stringify(value);
}

const cut = (text: string): string => (text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text);
