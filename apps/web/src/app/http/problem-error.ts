import { Problem } from '@cacheferry/contract';
import * as z from 'zod/mini';

/** A request that failed, with what the server said about it, or what the browser knows where nobody answered. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, cause?: unknown) {
    super(problem.title, { cause });
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** Codes that the browser gives itself; their texts are under `client` in the language files. */
export type ClientCode = 'client.unreachable' | 'client.bad_answer' | 'client.broken_page';

/** A problem that no server described. `detail` is technical text. */
export function clientProblem(code: ClientCode, detail: string, status = 0): Problem {
  return { type: 'about:blank', status, code, title: code, detail, fix: '', facts: {} };
}

/** The problem in an answer that is not ok; a body that is no problem document becomes `client.bad_answer`. */
export async function readProblem(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '');
  const parsed = z.safeParse(Problem, parseJson(text));
  if (parsed.success) return parsed.data;
  return clientProblem('client.bad_answer', `${response.status} ${response.statusText}`.trim(), response.status);
}

/** Whatever was thrown, as a problem that can be shown. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof ProblemError) return thrown.problem;
  return clientProblem('client.broken_page', thrown instanceof Error ? thrown.message : String(thrown));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
