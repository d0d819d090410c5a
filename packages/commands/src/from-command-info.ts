import { type CommandSpec, toCommandSpec } from './command-spec.ts';

const asText = (value: unknown): string =>
  value instanceof Uint8Array ? new TextDecoder().decode(value) : typeof value === 'string' ? value : '';

/**
 * Reads one row of the reply to COMMAND INFO, for a command that the table does not know.
 * Only first, last and step are used: that is all a module tells. `undefined` when the server does not know it either.
 */
export function fromCommandInfo(row: unknown): CommandSpec | undefined {
  if (!Array.isArray(row) || row.length < 6) return undefined;
  const [name, arity, flags, first, last, step] = row as readonly unknown[];
  const names = Array.isArray(flags) || flags instanceof Set ? [...flags].map(asText) : [];
  const [at, end, by] = [Number(first), Number(last), Number(step)];
  const access = names.includes('write') ? 'RW' : 'RO';
  const keys = at > 0 ? [{ access, at, range: [end < 0 ? end : end - at, Math.max(by, 1), 0] } as const] : [];
  return toCommandSpec({ name: asText(name).toLowerCase(), arity: Number(arity), group: 'module', flags: names, keys });
}
