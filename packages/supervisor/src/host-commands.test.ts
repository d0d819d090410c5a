import type { EngineEvent } from '@cacheferry/contract';
import type { MachineLink, RunResult } from '@cacheferry/domain';
import { describe, expect, test } from 'vitest';
import { type Gone, HostCommands } from './host-commands.ts';

/** A machine that answers every command with the same. */
function machine(answer: Partial<RunResult> & { lines?: unknown[] }) {
  const asked: { argv: readonly string[]; stdin: unknown }[] = [];
  const link: MachineLink = {
    run: async (argv, options) => {
      asked.push({ argv, stdin: options?.stdin });
      return { exitCode: 0, stdout: '', stderr: '', ...answer };
    },
    stream: async (argv, { onBytes }) => {
      asked.push({ argv, stdin: undefined });
      for (const line of answer.lines ?? []) await onBytes(Buffer.from(`${JSON.stringify(line)}\n`));
      return { exitCode: answer.exitCode ?? 0, stderr: answer.stderr ?? '' };
    },
    put: async () => {},
    closed: new Promise(() => {}),
    close: () => {},
  };
  const signal = new AbortController().signal;
  const deps = { link, host: 'host', command: ['node', 'ferry.cjs'], signal, askMs: 1_000 };
  return { asked, commands: new HostCommands(deps, '/runs/1') };
}

async function follow(lines: unknown[], rest: Partial<RunResult> = {}): Promise<{ events: EngineEvent[]; gone: Gone }> {
  const events: EngineEvent[] = [];
  const gone = await machine({ lines, ...rest }).commands.follow({
    after: 0,
    beatMs: 5_000,
    onEvents: async (more) => void events.push(...more),
    onBeat: async () => {},
  });
  return { events, gone };
}

const at = '2026-01-01T00:00:00.000Z';
const end = { type: 'gone', exitCode: 0, signal: null, lastLines: '', error: null };
const job = {
  version: 1,
  kind: 'migrate',
  epoch: 1,
  mode: 'sync',
  source: { url: 'a' },
  target: { url: 'b' },
} as const;

describe('following', () => {
  test.each([
    ['that only a newer engine knows', { seq: 2, at, type: 'hologram', size: 3 }],
    ['that was cut because it was too long', { seq: 2, at, type: 'conflict', truncated: true }],
    ['with a field of another type', { seq: 2, at, type: 'phase', phase: 7 }],
  ])('an event %s keeps its number and holds nothing up', async (_, odd) => {
    const { events } = await follow([
      { seq: 1, at, type: 'phase', phase: 'x' },
      odd,
      { seq: 3, at, type: 'phase', phase: 'y' },
      end,
    ]);
    expect(events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'phase'],
      [2, 'log'],
      [3, 'phase'],
    ]);
  });

  test.each([
    ['an event without a number', [{ at, type: 'phase', phase: 'x' }]],
    ['an event of no time', [{ seq: 1, at: 'now', type: 'phase', phase: 'x' }]],
    ['an end without a word', [{ seq: 1, at, type: 'phase', phase: 'x' }]],
  ])('%s is refused', async (_, lines) => {
    await expect(follow(lines)).rejects.toMatchObject({ code: 'machine.protocol' });
  });

  test.each([
    ['by a signal', { exitCode: 137, error: { code: 'config.invalid', detail: 'x', fix: 'y' } }, null],
    ['with an error that may pass', { exitCode: 1, error: { code: 'machine.timeout', detail: 'x', fix: 'y' } }, null],
    ['without a word', { exitCode: 1, error: null }, null],
    [
      'with an error that stays',
      { exitCode: 64, error: { code: 'config.invalid', detail: 'It is wrong', fix: 'Mend it.' } },
      { reason: 'It is wrong (config.invalid)', fix: 'Mend it.' },
    ],
    [
      'with an error of a newer engine',
      { exitCode: 1, error: { code: 'new.thing', detail: 'It is new', fix: 'Look.' } },
      { reason: 'It is new (new.thing)', fix: 'Look.' },
    ],
  ])('an engine that ended %s', async (_, gone, refusal) => {
    expect((await follow([{ ...end, ...gone }])).gone.refusal).toEqual(refusal);
  });

  test('a command that fails has the code that it printed', async () => {
    const stderr = 'error[config.unsafe_directory]: /runs/1 is not a folder of this user. fix: x\n';
    await expect(follow([], { exitCode: 64, stderr })).rejects.toMatchObject({ code: 'config.unsafe_directory' });
  });
});

describe('launching', () => {
  test('hands the job over on standard input alone', async () => {
    const { asked, commands } = machine({ stdout: '{"pid":42,"attached":true}\n' });
    expect(await commands.launch(job)).toEqual({ pid: 42, attached: true });
    expect(asked).toEqual([
      { argv: ['node', 'ferry.cjs', 'launch', '--state', '/runs/1'], stdin: JSON.stringify(job) },
    ]);
  });

  test.each([
    ['an engine that ended at once', { exitCode: 1, stdout: '{"exitCode":1,"lastLines":"x","error":null}' }],
    ['an engine that was done at once', { exitCode: 0, stdout: '{"exitCode":0,"lastLines":"","error":null}' }],
  ])('%s is followed like any other', async (_, answer) => {
    expect(await machine(answer).commands.launch(job)).toBe(null);
  });

  test.each([
    ['noise', { stdout: 'Welcome!' }],
    ['no process', { stdout: '{"pid":"x"}' }],
  ])('%s is refused', async (_, answer) => {
    await expect(machine(answer).commands.launch(job)).rejects.toMatchObject({ code: 'machine.protocol' });
  });
});
