import { FerryError } from '@cacheferry/kernel';
import * as z from 'zod/mini';
import { type FieldError, FieldErrors } from './problem.ts';
import { unknownFields } from './unknown-fields.ts';

// Without a language zod answers "Invalid input" to everything.
z.config(z.locales.en());

/** A request that is not valid, with the fields that are wrong. */
export function invalidRequest(fields: readonly FieldError[]): FerryError {
  return new FerryError('request.invalid', {}, new FieldErrors(fields));
}

/** Parses a body: every wrong field is named, and every field that does not exist is refused. */
export function parseBody<S extends z.core.$ZodType>(schema: S, input: unknown): z.output<S> {
  const output = parse(schema, input);
  const unknown = unknownFields(input, output);
  if (unknown.length > 0) throw invalidRequest(unknown);
  return output;
}

/** Parses parameters of the address. */
export function parseParams<S extends z.core.$ZodType>(schema: S, input: unknown): z.output<S> {
  return parse(schema, input);
}

/** Parses a query: an empty value counts as not given, a limit above the highest is cut to it, other names are ignored. */
export function parseQuery<S extends z.core.$ZodType>(schema: S, input: Record<string, unknown>): z.output<S> {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== ''));
  const issues = z.safeParse(schema, given).error?.issues ?? [];
  const tooMany = issues.find((issue) => issue.code === 'too_big' && issue.path[0] === 'limit');
  return parse(schema, tooMany?.code === 'too_big' ? { ...given, limit: tooMany.maximum } : given);
}

function parse<S extends z.core.$ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = z.safeParse(schema, input);
  if (parsed.success) return parsed.data;
  throw invalidRequest(parsed.error.issues.flatMap((issue) => fieldsOf(issue)).slice(0, 100));
}

/** Of a union the branch that fits best is told: naming every branch would bury the mistake. */
function fieldsOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): FieldError[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const best = issue.errors.reduce((one, other) => (cost(other) < cost(one) ? other : one));
    return best.flatMap((inner) => fieldsOf(inner, path));
  }
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key].map(String).join('.'), message: 'There is no such field' }));
  return [{ path: path.map(String).join('.'), message: issue.message }];
}

/** A missing field weighs more than a wrong one: who gave `url` did not mean `endpointId`. */
const cost = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'invalid_type' || issue.code === 'unrecognized_keys' ? 3 : 1), 0);
