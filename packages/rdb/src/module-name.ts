import { exactLength } from './exact-length.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * The name and encoding version that a module id holds: nine letters of six bits, then ten bits of version.
 *
 * Shape: an RDB length at `at`. Spec: redis module.c, moduleTypeEncodeId.
 */
export function moduleNameAt(buffer: Buffer, at: number): { name: string; version: number } {
  const id = exactLength(buffer, at);
  let name = '';
  for (let i = 0; i < 9; i++) name += letters[Number((id >> BigInt(58 - i * 6)) & 63n)];
  return { name, version: Number(id & 1023n) };
}
