import type { FieldError } from './problem.ts';

/**
 * The fields of an input that its schema did not take over: the input before and after parsing are walked side by side.
 * A schema that takes any field (a record) takes all of them over, so nothing is reported for it.
 */
export function unknownFields(input: unknown, output: unknown, path = ''): FieldError[] {
  if (Array.isArray(input) && Array.isArray(output))
    return input.flatMap((item, at) => unknownFields(item, output[at], join(path, String(at))));
  if (!isRecord(input) || !isRecord(output)) return [];
  return Object.keys(input).flatMap((name) =>
    Object.hasOwn(output, name)
      ? unknownFields(input[name], output[name], join(path, name))
      : [{ path: join(path, name), message: 'There is no such field' }],
  );
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
