import type { MachineFacts } from '@cacheferry/contract';
import type { Lease, ProbeResult } from '@cacheferry/domain';
import { expect, test } from 'vitest';
import type { LinkPool } from './link-pool.ts';
import type { SupervisorDeps } from './supervisor-deps.ts';
import { tendMachine } from './tend-machine.ts';

const lease: Lease = { id: 'machine', owner: 'me', epoch: 1 };

async function probe(found: Partial<MachineFacts>): Promise<ProbeResult | undefined> {
  const facts = { hostname: 'host', workDir: '/srv/ferry', diskFreeBytes: 4_096, ...found } as MachineFacts;
  const results: ProbeResult[] = [];
  const machines = {
    contact: async () => ({ kind: 'local' }),
    recordProbe: async (_: Lease, result: ProbeResult) => void results.push(result),
  } as unknown as SupervisorDeps['machines'];
  const links = { use: async () => facts } as Partial<LinkPool> as LinkPool;
  const { signal } = new AbortController();
  await tendMachine({ deps: { machines } as SupervisorDeps, links, signal }, { machineId: 'm', task: 'probe' }, lease);
  return results[0];
}

test('a machine that can be written to is ready', async () =>
  expect(await probe({ isWorkDirWritable: true })).toMatchObject({ state: 'ready', problem: null }));

test.each([
  [4_096, 'machine.not_writable'],
  [0, 'machine.no_space'],
])('a work directory that takes no file, with %i bytes free, is told as %s', async (diskFreeBytes, code) => {
  const told = await probe({ isWorkDirWritable: false, diskFreeBytes });
  expect(told).toMatchObject({
    state: 'not_writable',
    facts: { workDir: '/srv/ferry' },
    problem: { code, facts: { host: 'host', path: '/srv/ferry' } },
  });
});
