import type { Problem } from '@cacheferry/contract';
import type { FerryError } from '@cacheferry/kernel';

export type FieldError = { path: string; message: string };

/** The fields of a request that are wrong: the cause of a `request.invalid`. */
export class FieldErrors extends Error {
  readonly fields: readonly FieldError[];

  constructor(fields: readonly FieldError[]) {
    super(fields.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '));
    this.name = 'FieldErrors';
    this.fields = fields;
  }
}

export const problemType = 'application/problem+json; charset=utf-8';
/** Areas whose causes are texts of the database or of the runtime: for the log, not for clients. */
const closedAreas = ['internal', 'db', 'control', 'queue', 'start', 'config'];

/** The answer that carries an error. What lies behind an error of our own making stays in the log. */
export function toProblem(error: FerryError, requestId?: string): Problem {
  const { code, facts, message, fix, spec } = error;
  const isClosed = closedAreas.includes(code.split('.')[0] ?? '');
  const fields = fieldsOf(error);
  return {
    type: `urn:cacheferry:error:${code}`,
    status: spec.http,
    code,
    title: message,
    detail: isClosed ? message : error.detail,
    fix,
    facts,
    ...(fields.length > 0 ? { fields: [...fields] } : {}),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function fieldsOf({ code, cause, facts }: FerryError): readonly FieldError[] {
  if (cause instanceof FieldErrors) return cause.fields;
  const { path, message } = facts;
  return code === 'request.invalid' && typeof path === 'string' && typeof message === 'string'
    ? [{ path, message }]
    : [];
}
