import type { Upload } from '@cacheferry/contract';
import { describe, expect, test } from 'vitest';
import { ProblemError } from '../../app/http/problem-error.ts';
import { sendFile } from './send-file.ts';

const problem = (code: string, facts: Record<string, string | number> = {}) =>
  new ProblemError({ type: 'about:blank', status: 409, code, title: code, detail: '', fix: '', facts });

/** A server that keeps what it gets, and fails as told, once for each. */
function server(bytes: number, failures: (Error & { keeps?: number })[] = []) {
  let kept = '';
  const begun: Upload = {
    id: '01900000-0000-7000-8000-000000000001',
    name: 'dump.rdb',
    bytes,
    received: 0,
    state: 'receiving',
    sha256: null,
    ownerName: 'me',
    usedBy: 0,
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
  };
  const waits: number[] = [];
  const send = async (_: string, offset: number, piece: Blob): Promise<Upload> => {
    if (offset !== kept.length) throw problem('upload.wrong_offset', { offset: kept.length });
    const failure = failures.shift();
    kept += (await piece.text()).slice(0, failure ? (failure.keeps ?? 0) : undefined);
    if (failure) throw failure;
    return { ...begun, received: kept.length, state: kept.length === bytes ? 'complete' : 'receiving' };
  };
  const clock = { now: () => 0, monotonic: () => 0, sleep: async (ms: number) => void waits.push(ms) };
  const sending = { send, clock, signal: new AbortController().signal, onProgress: () => {} };
  return { begun, sending, waits, kept: () => kept };
}

const text = 'x'.repeat(4_000_000) + 'y'.repeat(5_000_000);
const file = new Blob([text]);

describe('a file is sent', () => {
  test('piece by piece', async () => {
    const { begun, sending, kept } = server(text.length);
    expect(await sendFile(file, begun, sending)).toMatchObject({ state: 'complete' });
    expect(kept() === text).toBe(true);
  });

  test('on from what had arrived, through broken connections', async () => {
    const cut = Object.assign(problem('client.unreachable'), { keeps: 1_000 });
    const { begun, sending, kept, waits } = server(text.length, [cut, problem('upload.busy')]);
    const shown: boolean[] = [];
    await sendFile(file, begun, { ...sending, onProgress: (_, isWaiting) => shown.push(isWaiting) });
    expect(shown).toContain(true);
    expect(shown.at(-1)).toBe(false);
    expect(kept() === text).toBe(true);
    expect(waits.length).toBeGreaterThanOrEqual(2);
  });

  test('no further after a refusal', async () => {
    const { begun, sending } = server(text.length, [problem('upload.no_space')]);
    await expect(sendFile(file, begun, sending)).rejects.toMatchObject({ problem: { code: 'upload.no_space' } });
  });

  test('no further once it was cancelled', async () => {
    const { begun, sending } = server(text.length, [problem('client.unreachable')]);
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(sendFile(file, begun, { ...sending, signal })).rejects.toThrow('cancelled');
  });
});
