import { FerryError } from '@cacheferry/kernel';
import { FieldErrors } from './problem.ts';

const maxDepth = 20;
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Reads a JSON body. No bytes are an empty object, so that a call without input needs no body.
 *
 * Throws `request.invalid` for what is not JSON in UTF-8, nests deeper than 20, or holds texts with NUL or half of a
 * character, or names that reach into JavaScript's objects.
 */
export function readJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return {};
  const value = parse(bytes);
  const complaint = complain(value, '', 0);
  if (complaint) throw new FerryError('request.invalid', {}, new FieldErrors([complaint]));
  return value;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const message = error instanceof SyntaxError ? 'The body is not valid JSON' : 'The body is not valid UTF-8';
    throw new FerryError('request.invalid', {}, new FieldErrors([{ path: '', message }]));
  }
}

function complain(value: unknown, path: string, depth: number): { path: string; message: string } | undefined {
  if (depth > maxDepth) return { path: path.split('.').slice(0, 3).join('.'), message: 'It nests too deeply' };
  if (typeof value === 'string') return complainText(value, path);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`;
    if (forbidden.has(name)) return { path: at, message: 'There is no such field' };
    const found = complainText(name, path) ?? complain(inner, at, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function complainText(text: string, path: string): { path: string; message: string } | undefined {
  if (text.includes('\0')) return { path, message: 'It holds a NUL character' };
  return /\p{Surrogate}/u.test(text) ? { path, message: 'It holds half of a character' } : undefined;
}
