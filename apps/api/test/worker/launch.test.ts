import { Job } from '@cacheferry/contract';
import type { MachineLink, MachineTransport } from '@cacheferry/domain';
import { createIds, FerryError, silentLogger, systemClock } from '@cacheferry/kernel';
import { createSupervisor } from '@cacheferry/supervisor';
import { waitFor } from '@cacheferry/testkit';
import { expect, test } from 'vitest';
import { MemoryMachines, MemoryPreflights } from './memory-machines.ts';
import { MemoryUploads } from './memory-uploads.ts';
import { MemoryRuns } from './memory-runs.ts';

const workDir = '/work';
const login = { kind: 'local', machineId: 'machine', workDir } as const;

test.each([
  ['lost', new FerryError('machine.link_lost', { host: 'h', reason: 'r' })],
  ['not understood', new FerryError('machine.protocol', { host: 'h', reason: 'r' })],
])('a launch whose answer is %s is never taken for one that did not happen', async (_, error) => {
  const runs = new MemoryRuns();
  const asked: string[] = [];
  const link: MachineLink = {
    run: async (argv) => {
      asked.push(argv[2] ?? '');
      throw error;
    },
    stream: async (argv) => {
      asked.push(argv[2] ?? '');
      throw error;
    },
    put: async () => {},
    closed: new Promise(() => {}),
    close: () => {},
  };
  const transport: MachineTransport = {
    scanHostKey: () => Promise.reject(error),
    connect: async () => link,
  };
  const supervisor = createSupervisor(
    {
      runs,
      preflights: new MemoryPreflights(),
      uploads: new MemoryUploads(),
      machines: new MemoryMachines({ kind: 'local', machineId: 'machine', login }),
      transport,
      tools: {
        install: async () => ({ command: ['node', 'ferry.cjs'], sha256: 'x', version: '1', workDir }),
        probe: () => Promise.reject(error),
      },
      clock: systemClock,
      log: silentLogger,
      newId: createIds(systemClock),
      random: () => 0,
      times: { launchPatienceMs: 0, lostAfterMs: 200 },
    },
    'worker',
  );
  const job = Job.parse({ version: 1, source: { url: 'redis://a' }, target: { url: 'redis://b' } });
  runs.add({ id: 'run', machineId: 'machine' }, job);
  supervisor.attend({ kind: 'run', id: 'run' });
  await waitFor(() => asked.includes('follow') && runs.row('run').run.isLost, { what: 'the search for the engine' });
  expect(runs.row('run').end).toBe(null);
  expect(asked[0]).toBe('launch');
  expect(asked.filter((name) => name === 'launch')).toHaveLength(1);
  await supervisor.stop();
});
