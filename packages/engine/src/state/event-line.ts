/** An event before it has its number and time. */
export type EventFields = { type: string; [field: string]: unknown };

/** The longest line of `events.jsonl`, its line break included. */
export const maxLineBytes = 65_536;

/**
 * One event as a line of at most 64 KiB. Lists lose their tail and texts theirs, `truncated` says so.
 */
export function eventLine(seq: number, at: string, fields: EventFields): string {
  const line = JSON.stringify({ seq, at, ...fields });
  if (fits(line)) return `${line}\n`;
  for (let limit = 16_384; limit >= 1; limit = Math.floor(limit / 4)) {
    const short = JSON.stringify({ seq, at, ...shorten(fields, limit), truncated: true });
    if (fits(short)) return `${short}\n`;
  }
  return `${JSON.stringify({ seq, at, type: fields.type, truncated: true })}\n`;
}

const fits = (line: string): boolean => Buffer.byteLength(line) < maxLineBytes;

function shorten(fields: EventFields, limit: number): EventFields {
  const short: EventFields = { type: fields.type };
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') short[name] = value.slice(0, limit);
    else if (Array.isArray(value)) short[name] = value.slice(0, Math.floor(limit / 16));
    else short[name] = value;
  }
  return short;
}
