import type { PreflightReport, PreflightRow, PreflightStatus } from '@cacheferry/contract';
import { oneLine } from '../redact.ts';

const words: Record<PreflightStatus, string> = {
  pass: 'ok',
  warn: 'WARN',
  fail: 'FAIL',
  skipped: 'skip',
  error: 'ERROR',
};

/** The rows as a table for people: what was asked, what came out, and what to do about it. */
export function preflightTable({ rows, ok }: PreflightReport): string {
  const width = Math.max(...rows.map((row) => nameOf(row).length), 0);
  const lines = rows.flatMap((row) => linesOf(row, width));
  return [...lines, '', summary(rows, ok), ''].join('\n');
}

function linesOf(row: PreflightRow, width: number): string[] {
  const head = `${words[row.status].padEnd(5)}  ${nameOf(row).padEnd(width)}  ${oneLine(row.message)}`;
  if (row.status === 'pass' || row.status === 'skipped') return [head];
  const indent = ' '.repeat(width + 9);
  const fix = row.fix === '' ? [] : [`${indent}→ ${oneLine(row.fix)}`];
  const command = row.command ? [`${indent}  ${oneLine(row.command)}`] : [];
  return [head, ...fix, ...command];
}

/** A row about one of several nodes names it. */
function nameOf({ id, scope }: PreflightRow): string {
  return ['machine', 'source', 'target', 'pair'].includes(scope) ? id : `${id} (${oneLine(scope)})`;
}

function summary(rows: readonly PreflightRow[], ok: boolean): string {
  const count = (...statuses: PreflightStatus[]) => rows.filter(({ status }) => statuses.includes(status)).length;
  const parts = [`${count('pass')} ok`, `${count('warn')} warnings`, `${count('fail', 'error')} blocking`];
  if (count('skipped') > 0) parts.push(`${count('skipped')} not asked`);
  return `${ok ? 'May start' : 'Must not start'}: ${parts.join(', ')}`;
}
