import type { MachineLink, MachineTransport } from '@cacheferry/domain';
import { createIds, FerryError, silentLogger, systemClock } from '@cacheferry/kernel';
import { createSupervisor } from '@cacheferry/supervisor';
import { waitFor } from '@cacheferry/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryMachines, MemoryPreflights } from './memory-machines.ts';
import { MemoryRuns } from './memory-runs.ts';
import { MemoryUploads } from './memory-uploads.ts';

const login = { kind: 'local', machineId: 'machine', workDir: '/work' } as const;
const cut = new FerryError('machine.link_lost', { host: 'h', reason: 'r' });

/** A worker whose probes and installations last until its connections are cut. */
function workerOf(machines: MemoryMachines, begun: string[]) {
  const untilCut = (link: MachineLink, what: string) => {
    begun.push(what);
    return link.closed.then(() => Promise.reject(cut));
  };
  const transport: MachineTransport = {
    scanHostKey: () => Promise.reject(cut),
    connect: async () => {
      let close = () => {};
      const closed = new Promise<null>((resolve) => (close = () => resolve(null)));
      const never = () => Promise.reject(cut);
      return { run: never, stream: never, put: never, closed, close: () => close() };
    },
  };
  return createSupervisor(
    {
      runs: new MemoryRuns(),
      preflights: new MemoryPreflights(),
      uploads: new MemoryUploads(),
      machines,
      transport,
      tools: { install: (link) => untilCut(link, 'install'), probe: (link) => untilCut(link, 'probe') },
      clock: systemClock,
      log: silentLogger,
      newId: createIds(systemClock),
      random: () => 0,
      times: { leaseMs: 300, renewMs: 20 },
    },
    'worker',
  );
}

describe.each(['probe', 'install'] as const)('the %s of a machine', (task) => {
  let machines: MemoryMachines;
  let begun: string[];
  beforeEach(() => {
    machines = new MemoryMachines({ kind: 'local', machineId: 'machine', login });
    machines.due.push({ machineId: 'machine', task });
    begun = [];
  });

  test('that a stop of the worker ends is given back, and says nothing about the machine', async () => {
    const supervisor = workerOf(machines, begun);
    await supervisor.reconcile();
    await waitFor(() => begun.includes(task), { what: 'its begin' });
    await supervisor.stop();
    expect(machines.released).toEqual([{ machineId: 'machine', task }]);
    expect([...machines.probes, ...machines.installs]).toEqual([]);
  });

  test('is kept as long as it lasts, and no longer', async () => {
    const supervisor = workerOf(machines, begun);
    await supervisor.reconcile();
    await waitFor(() => machines.renewals > 2, { what: 'renewals' });
    await supervisor.stop();
    const renewed = machines.renewals;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(machines.renewals).toBe(renewed);
  });

  test('whose result cannot be stored is given back', async () => {
    machines.recordProbe = machines.recordInstall = () => Promise.reject(new Error('the database is busy'));
    machines.contact = () => Promise.reject(new FerryError('machine.not_found', { id: 'machine' }));
    await workerOf(machines, begun).reconcile();
    await waitFor(() => machines.released.length > 0, { what: 'the task that is given back' });
    expect(machines.released).toEqual([{ machineId: 'machine', task }]);
  });
});
