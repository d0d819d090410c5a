import type { StoredEvent } from '@cacheferry/contract';
import { printableKey } from '@cacheferry/kernel';
import type { TFunction } from 'i18next';
import { bytesOf } from '../../../ui/bytes-of.ts';
import { visibleText } from './visible-text.ts';

export type LogLine = { level: 'debug' | 'info' | 'warn' | 'error'; shard: string; message: string; fields: string };

const maxCharacters = 16_384;
const head = new Set(['id', 'at', 'type', 'level', 'runId', 'seq', 'msg', 'shard']);

/** An event of a migration as a line of its log; nothing in it can break out of the line. */
export function lineOf(event: StoredEvent, t: TFunction): LogLine {
  const { message, used } = messageOf(event, t);
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

function messageOf(event: StoredEvent, t: TFunction): Message {
  const text = (name: string) => (typeof event[name] === 'string' ? (event[name] as string) : '');
  switch (event.type) {
    case 'log':
      return { message: text('msg'), used: [] };
    case 'phase':
      return { message: t('log.phase', { phase: text('phase') }), used: ['phase'] };
    case 'ack':
      return {
        message: t(event.ok === true ? 'log.ack' : 'log.refused', { command: text('command') }),
        used: ['command', 'ok'],
      };
    case 'error':
      return {
        message: [text('code'), text('detail'), text('fix')].filter(Boolean).join(' · '),
        used: ['code', 'detail', 'fix'],
      };
    case 'done':
      return { message: t('log.done', { outcome: text('outcome') }), used: ['outcome'] };
    case 'state':
      return { message: t('log.state', { from: text('from') || '–', to: text('to') }), used: ['from', 'to'] };
    case 'conflict':
      return conflictMessage(event, t);
    default:
      return { message: text('msg') || event.type, used: [] };
  }
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
