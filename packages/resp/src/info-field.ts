import type { Reply } from './codec/reply.ts';

/** The value of a field of INFO; null when the server does not tell it. */
export function infoField(info: Reply | undefined, name: string): string | null {
  if (typeof info !== 'string' && !Buffer.isBuffer(info)) return null;
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info.toString('latin1'))?.[1] ?? null;
}

/** A field of INFO that counts something; null when the server tells no such count. */
export function infoCount(info: Reply | undefined, name: string): number | null {
  const text = infoField(info, name) ?? '';
  const count = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(count) ? count : null;
}

/** The first number of the version of Redis that a server says it is; 0 when it says none. */
export const infoMajor = (info: Reply | undefined): number =>
  Number.parseInt(infoField(info, 'redis_version') ?? '', 10) || 0;
