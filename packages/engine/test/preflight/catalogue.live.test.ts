import { stopEverything } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { allChecks } from '../../src/preflight/all-checks.ts';
import { ask, type Fault } from './catalogue.ts';
import { faultsOfEnds } from './faults-of-ends.ts';
import { faultsOfPairs } from './faults-of-pairs.ts';

afterEach(() => stopEverything());

const faults: readonly Fault[] = [...faultsOfEnds, ...faultsOfPairs];

/** Faults of a host that a test cannot make on the one that it runs on: the unit tests judge figures of such hosts. */
const injected = ['machine.memory', 'machine.cpu', 'machine.disk', 'machine.clock', 'machine.colocated', 'source.fork'];

test('every question has a fault that is made for real', () => {
  const asked = [...new Set(allChecks.map(({ id }) => id))];
  const made = new Set(faults.map(({ id }) => id));
  expect(asked.filter((id) => !made.has(id)).sort()).toEqual([...injected].sort());
});

describe.each(faults)('$id $code', ({ id, code, status, watches = false, leaves, needs, prepare }) => {
  test('says what is wrong and what to do, and what it says turns it green', async ({ skip }) => {
    if (needs && !(await needs())) skip();
    const { ends, mend } = await prepare();
    const row = (await ask(ends, watches)).rows.find((one) => one.id === id && one.code === code);
    expect(row).toMatchObject({ id, code, status });
    if (!row) return;
    expect(row.message).not.toMatch(/\{\w+\}|^$/);
    expect(row.fix).toMatch(/\.$/);
    const after = await ask({ ...ends, ...(await mend(row)) }, watches);
    const left = after.rows.filter((one) => one.id === id && one.status !== 'pass' && one.code !== leaves);
    expect(left.map((one) => `${one.code}: ${one.message}`)).toEqual([]);
  });
});
