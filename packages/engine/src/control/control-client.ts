import { connect, type Socket } from 'node:net';
import { ControlAnswer, type ControlRequest } from '@cacheferry/contract';
import { FerryError, isErrorCode } from '@cacheferry/kernel';
import { lockHolder } from '../state/run-lock.ts';
import { stateFiles } from '../state/state-dir.ts';
import { onLines } from './line-channel.ts';
import { findPath } from './socket-path.ts';

type Request = ControlRequest extends infer One
  ? One extends { id: string }
    ? Omit<One, 'id'> & { id?: string }
    : never
  : never;

/**
 * Asks the engine that runs on a state directory. Returns the `result` of its answer.
 *
 * Throws `engine.not_running`, `engine.no_answer`, or the error that the engine answered.
 */
export async function askEngine(dir: string, request: Request, timeoutMs = 10_000): Promise<Record<string, unknown>> {
  const state = stateFiles(dir);
  const holder = existingHolder(state.dir);
  if (!holder) throw new FerryError('engine.not_running', { dir: state.dir });
  const answer = await exchange(findPath(state), JSON.stringify({ id: `cli-${process.pid}`, ...request }), timeoutMs);
  if (!answer) throw new FerryError('engine.no_answer', { pid: holder.pid, dir: state.dir });
  if (answer.ok) return (answer.result ?? {}) as Record<string, unknown>;
  const code = String(answer.code);
  const facts = { command: request.command, reason: String(answer.detail ?? ''), dir: state.dir };
  throw new FerryError(isErrorCode(code) ? code : 'internal.unexpected', facts, answer.detail);
}

function existingHolder(dir: string): { pid: number } | null {
  try {
    return lockHolder(dir);
  } catch {
    // No such directory: nothing runs there.
    return null;
  }
}

/** null: nobody listens, or no answer in time. */
function exchange(path: string, line: string, timeoutMs: number): Promise<ControlAnswer | null> {
  return new Promise((resolve) => {
    const socket: Socket = connect(path);
    const end = (answer: ControlAnswer | null) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end(null), timeoutMs);
    socket.on('error', () => end(null)).on('close', () => end(null));
    socket.on('connect', () => socket.write(`${line}\n`));
    onLines(socket, 64 * 1024 * 1024, (text) => end(readAnswer(text)));
  });
}

function readAnswer(text: string): ControlAnswer | null {
  try {
    return ControlAnswer.parse(JSON.parse(text));
  } catch {
    // Whoever listens there is no engine.
    return null;
  }
}
