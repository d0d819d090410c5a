import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { type ControlAnswer, ControlRequest } from '@cacheferry/contract';
import { type FerryError, toFerryError } from '@cacheferry/kernel';
import type { StateDir } from '../state/state-dir.ts';
import { onLines } from './line-channel.ts';
import { choosePath, recordOf } from './socket-path.ts';

/** Carries out one request and returns what the answer holds. */
export type ControlHandler = (request: ControlRequest) => Promise<Record<string, unknown>>;
/** Told of each request that was carried out or refused, for the `ack` event. */
export type AckListener = (ack: { command: string; id: string; ok: boolean; error?: FerryError }) => void;

export type ControlServer = { path: string; close(): Promise<void> };

/** Opens the control socket of a run (mode 0600): one request a line, one answer a line. */
export async function openControlServer(
  state: StateDir,
  handle: ControlHandler,
  onAck: AckListener,
): Promise<ControlServer> {
  const path = choosePath(state);
  rmSync(path, { force: true });
  rmSync(recordOf(state), { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    onLines(socket, 65_536, (line) => {
      void answer(line, handle, onAck).then((text) => socket.writable && socket.write(`${text}\n`));
    });
  });
  await listen(server, path);
  if (path !== state.socketFile) writeFileSync(recordOf(state), path, { mode: 0o600 });
  const close = async () => {
    for (const socket of sockets) socket.end();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => sockets.forEach((socket) => socket.destroy()), 500);
      server.close(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    rmSync(path, { force: true });
    rmSync(recordOf(state), { force: true });
  };
  return { path, close };
}

async function listen(server: Server, path: string): Promise<void> {
  // The socket is made with the mode that the mask leaves: no moment in which others may connect.
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  } finally {
    process.umask(mask);
  }
  chmodSync(path, 0o600);
}

async function answer(line: string, handle: ControlHandler, onAck: AckListener): Promise<string> {
  const parsed = ControlRequest.safeParse(parse(line));
  if (!parsed.success) return refusal({ code: 'request.invalid', message: 'The request is not valid', fix: '' });
  const { command, id } = parsed.data;
  try {
    const result = await handle(parsed.data);
    if (command !== 'status') onAck({ command, id, ok: true });
    return JSON.stringify({ ok: true, id, result } satisfies ControlAnswer);
  } catch (thrown) {
    const error = toFerryError(thrown);
    if (command !== 'status') onAck({ command, id, ok: false, error });
    return refusal(error, id);
  }
}

function refusal(error: Pick<FerryError, 'code' | 'message' | 'fix'>, id?: string): string {
  return JSON.stringify({ ok: false, id, code: error.code, detail: error.message, fix: error.fix });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Refused like any other request that is not one.
    return null;
  }
}
