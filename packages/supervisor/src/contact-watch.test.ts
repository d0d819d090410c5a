import type { Failure, Lease, RunRecord } from '@cacheferry/domain';
import { type Clock, FerryError, silentLogger } from '@cacheferry/kernel';
import { describe, expect, test } from 'vitest';
import { ContactWatch } from './contact-watch.ts';
import type { SupervisorDeps } from './supervisor-deps.ts';

const lease: Lease = { id: 'run', owner: 'me', epoch: 1 };

/** A watch whose time passes only by `tick`. */
function setUp(phase: RunRecord['phase'] = 'launched') {
  let wake: () => void = () => {};
  let now = 0;
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: (ms) =>
      new Promise((resolve) => {
        wake = () => {
          now += ms;
          resolve();
        };
      }),
  };
  const losses: string[] = [];
  let run = { phase, isLost: false } as RunRecord;
  const runs = {
    markLost: async (_: Lease, { code }: Failure) => {
      losses.push(code);
      return { ...run, isLost: true };
    },
    markContact: async () => ({ ...run, isLost: false }),
  } as Partial<SupervisorDeps['runs']> as SupervisorDeps['runs'];
  const deps = { runs, clock, log: silentLogger } as SupervisorDeps;
  const cell = {
    read: () => run,
    write: (next: RunRecord) => {
      run = next;
    },
  };
  const watch = new ContactWatch(deps, lease, cell);
  void watch.watch(new AbortController().signal);
  const tick = async (times: number) => {
    for (let n = 0; n < times; n++) {
      wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { watch, tick, losses, isLost: () => run.isLost };
}

describe('contact', () => {
  test('is lost after 30 s of silence, once', async () => {
    const { tick, losses } = setUp();
    await tick(20);
    expect(losses).toEqual([]);
    await tick(30);
    expect(losses).toEqual(['run.out_of_contact']);
  });

  test('is not lost while something is heard', async () => {
    const { watch, tick, losses } = setUp();
    for (let n = 0; n < 10; n++) {
      await tick(15);
      watch.met();
    }
    expect(losses).toEqual([]);
  });

  test('is not lost for a run that was never launched', async () => {
    const { tick, losses } = setUp('queued');
    await tick(50);
    expect(losses).toEqual([]);
  });

  test('is lost with the reason that is known', async () => {
    const { watch, tick, losses } = setUp();
    await watch.trouble(new FerryError('machine.unreachable', { host: 'h', reason: 'r' }));
    await tick(21);
    expect(losses).toEqual(['machine.unreachable']);
  });

  test('is lost at once by what does not pass, and again only when the reason changes', async () => {
    const { watch, losses } = setUp();
    const changed = new FerryError('machine.host_key_changed', { host: 'h', expected: 'a', actual: 'b' });
    await watch.trouble(changed);
    await watch.trouble(changed);
    await watch.trouble(new FerryError('machine.unreachable', { host: 'h', reason: 'r' }));
    expect(losses).toEqual(['machine.host_key_changed', 'machine.unreachable']);
  });

  test('is not lost by trouble of our own', async () => {
    const { watch, losses } = setUp();
    await watch.trouble(new FerryError('control.db_unavailable'));
    await watch.trouble(new FerryError('internal.unexpected'));
    expect(losses).toEqual([]);
  });

  test('comes back with what the engine says of itself, which is asked for only after a loss', async () => {
    const { watch, tick, isLost } = setUp();
    let asked = 0;
    const confirm = watch.confirmer(async () => {
      asked++;
      return null;
    });
    await confirm.whenCaughtUp();
    expect(asked).toBe(0);
    await tick(21);
    expect(isLost()).toBe(true);
    await confirm.whenCaughtUp();
    await confirm.whenCaughtUp();
    expect({ asked, isLost: isLost() }).toEqual({ asked: 1, isLost: false });
  });
});
