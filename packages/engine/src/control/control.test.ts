import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FerryError, systemClock } from '@cacheferry/kernel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acquireRunLock, type RunLock } from '../state/run-lock.ts';
import { stateFiles } from '../state/state-dir.ts';
import { askEngine } from './control-client.ts';
import { type AckListener, type ControlHandler, type ControlServer, openControlServer } from './control-server.ts';

let base = '';
let server: ControlServer | null = null;
let lock: RunLock | null = null;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'control-'));
});
afterEach(async () => {
  await server?.close();
  lock?.release();
  server = null;
  lock = null;
  rmSync(base, { recursive: true, force: true });
});

async function serve(dir: string, handle: ControlHandler, onAck: AckListener = () => {}): Promise<ControlServer> {
  lock = await acquireRunLock(dir, systemClock);
  server = await openControlServer(stateFiles(dir), handle, onAck);
  return server;
}

describe('the control socket', () => {
  test('hands requests over, answers, and acknowledges all but status', async () => {
    const acks: unknown[] = [];
    await serve(
      base,
      (request) => Promise.resolve({ did: request.command }),
      (ack) => acks.push(ack),
    );
    expect(await askEngine(base, { command: 'pause', id: 'one' })).toEqual({ did: 'pause' });
    expect(await askEngine(base, { command: 'rate', id: 'two', rateKeys: 5 })).toEqual({ did: 'rate' });
    expect(await askEngine(base, { command: 'status' })).toEqual({ did: 'status' });
    expect(acks).toEqual([
      { command: 'pause', id: 'one', ok: true },
      { command: 'rate', id: 'two', ok: true },
    ]);
  });

  test('a refusal arrives with its code and is acknowledged as one', async () => {
    const acks: { ok: boolean }[] = [];
    const refuse = () =>
      Promise.reject(new FerryError('engine.unsupported', { command: 'fence', reason: 'no source' }));
    await serve(base, refuse, (ack) => acks.push(ack));
    await expect(askEngine(base, { command: 'fence' })).rejects.toMatchObject({ code: 'engine.unsupported' });
    expect(acks).toMatchObject([{ ok: false }]);
  });

  test('is for us alone, also where its path is too long for a socket', async () => {
    const deep = join(base, 'd'.repeat(100), 'e'.repeat(50));
    mkdirSync(deep, { recursive: true });
    const { path } = await serve(deep, () => Promise.resolve({ ok: 1 }));
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(100);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await askEngine(deep, { command: 'status' })).toEqual({ ok: 1 });
  });

  test('nobody there, a folder that is not there, and one that never answers are told apart', async () => {
    await expect(askEngine(base, { command: 'stop' })).rejects.toMatchObject({ code: 'engine.not_running' });
    await expect(askEngine(join(base, 'none'), { command: 'stop' })).rejects.toMatchObject({
      code: 'engine.not_running',
    });
    await serve(base, () => new Promise(() => {}));
    await expect(askEngine(base, { command: 'stop' }, 200)).rejects.toMatchObject({ code: 'engine.no_answer' });
  });

  test.each([
    ['no JSON', 'hello\n', '"ok":false'],
    ['no request', '{"id":"x","command":"reboot"}\n', '"ok":false'],
    ['a rate below zero', '{"id":"x","command":"rate","rateKeys":-1}\n', '"ok":false'],
    ['a line without end', 'x'.repeat(200_000), ''],
  ])('%s is refused and hurts nobody', async (_, text, expected) => {
    const { path } = await serve(base, () => Promise.resolve({}));
    const answer = await new Promise<string>((resolve) => {
      let got = '';
      const socket = connect(path, () => socket.write(text));
      socket.on('data', (chunk) => {
        got += chunk.toString();
        socket.end();
      });
      socket.on('error', () => {}).on('close', () => resolve(got));
    });
    expect(answer).toContain(expected);
    expect(await askEngine(base, { command: 'status' })).toEqual({});
  });
});
