import type { Problem } from '@cacheferry/contract';
import {
  type ErrorCode,
  type ErrorFacts,
  type FerryError,
  errorCatalogue,
  fill,
  isErrorCode,
} from '@cacheferry/kernel';
import { plainText } from './plain-json.ts';
import type { Failure } from './runs/ports.ts';

const maxText = 4096;

/** A failure as the page shows it: the catalogue's texts filled with its facts. */
export function problemOf(failure: { code: ErrorCode; facts: ErrorFacts; detail: string }): Problem {
  const spec = errorCatalogue[failure.code];
  const title = fill(spec.title, failure.facts);
  return {
    type: `urn:cacheferry:error:${failure.code}`,
    status: spec.http,
    code: failure.code,
    title: cut(title),
    detail: cut(failure.detail || title),
    fix: cut(fill(spec.fix, failure.facts)),
    facts: failure.facts,
  };
}

/** What has to be stored of an error to show it later. */
export function failureOf(error: FerryError): Failure {
  return { code: error.code, facts: error.facts, detail: cut(error.detail) };
}

/** A failure that another process told by the texts of its code. One that the catalogue lacks keeps its name as detail. */
export function failureFrom(told: { code: string; detail: string; facts?: unknown }): Failure {
  if (!isErrorCode(told.code))
    return { code: 'internal.unexpected', facts: {}, detail: cut(`${told.code}: ${told.detail}`) };
  return { code: told.code, facts: readFacts(told.facts), detail: cut(told.detail) };
}

function readFacts(facts: unknown): ErrorFacts {
  if (typeof facts !== 'object' || facts === null) return {};
  const known = Object.entries(facts).filter(([, value]) => typeof value === 'string' || typeof value === 'number');
  return Object.fromEntries(known.slice(0, 40).map(([name, value]) => [name, asFact(value)]));
}

const asFact = (value: unknown): string | number => (typeof value === 'number' ? value : cut(String(value)));
const cut = (text: string): string => plainText(text.length > maxText ? `${text.slice(0, maxText)}…` : text);
