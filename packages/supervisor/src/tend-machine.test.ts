import type { MachineFacts } from '@cacheferry/contract';
import type { Lease, ProbeResult } from '@cacheferry/domain';
import { silentLogger, systemClock } from '@cacheferry/kernel';
import { expect, test } from 'vitest';
import type { OpenLink } from './link-pool.ts';
import { tendMachine, type Tending } from './tend-machine.ts';

const lease: Lease = { id: 'machine', owner: 'me', epoch: 1 };
/** Handed on only: nobody looks into it. */
const open = {} as OpenLink;

async function probe(found: Partial<MachineFacts>): Promise<ProbeResult | undefined> {
  const facts = { hostname: 'host', workDir: '/srv/ferry', diskFreeBytes: 4_096, ...found } as MachineFacts;
  const results: ProbeResult[] = [];
  const unasked = () => Promise.reject(new Error('not asked for'));
  const machines = {
    contact: async () => ({ kind: 'local', machineId: 'm', login: open.login }) as const,
    recordProbe: async (_: Lease, result: ProbeResult) => void results.push(result),
    recordInstall: unasked,
  };
  const tools = { probe: async () => facts, install: unasked };
  const links: Tending['links'] = { use: (_, work) => work(open), forget: () => {} };
  const deps = { machines, tools, transport: { scanHostKey: unasked }, clock: systemClock, log: silentLogger };
  const { signal } = new AbortController();
  await tendMachine({ deps, links, signal }, { machineId: 'm', task: 'probe' }, lease);
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
