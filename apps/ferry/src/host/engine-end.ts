import os from 'node:os';
import path from 'node:path';
import { readTail } from '../read-tail.ts';
import { oneLine, redactUrls } from '../redact.ts';
import { readJson } from './launch-record.ts';

/** How an engine ended: what its keeper noted, and what it printed last. */
export type EngineEnd = {
  /** null: nobody noted it (keeper and engine died together, or the machine was restarted). 128 + n for signal n. */
  exitCode: number | null;
  /** The signal that ended it, if one did. */
  signal: string | null;
  lastLines: string;
  /** The `error[CODE]` that it printed last, if it ended with one. */
  error: { code: string; detail: string; fix: string } | null;
};

const tailBytes = 4096;

export const exitFile = (dir: string): string => path.join(dir, 'exit.json');
export const logFile = (dir: string): string => path.join(dir, 'engine.log');

/** What is known of the end of the newest engine of a state directory. */
export function readEngineEnd(dir: string): EngineEnd {
  const noted = readJson(exitFile(dir)) as { code?: unknown } | null;
  const lines = readTail(logFile(dir), tailBytes).split('\n');
  const lastLines = lines.map(oneLine).map(redactUrls).join('\n');
  const exitCode = typeof noted?.code === 'number' ? noted.code : null;
  return {
    exitCode,
    signal: signalOf(exitCode),
    lastLines,
    error: lastError(lastLines),
  };
}

/** 130 is the engine's own word for a stop, not that of a signal. */
function signalOf(exitCode: number | null): string | null {
  if (exitCode === 130) return null;
  const found = Object.entries(os.constants.signals).find(([, number]) => exitCode === 128 + number);
  return found?.[0] ?? null;
}

function lastError(lines: string): EngineEnd['error'] {
  const line = lines.trimEnd().split('\n').at(-1) ?? '';
  const [, code, detail, fix] = /^error\[([a-z]+\.[a-z_]+)\]: (.*?)\. fix: (.*)$/.exec(line) ?? [];
  return code === undefined || detail === undefined || fix === undefined ? null : { code, detail, fix };
}
