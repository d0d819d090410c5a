type Stoppable = { stop(): Promise<unknown> };

const started = new Set<Stoppable>();

/** Notes something that runs, so that `stopEverything` finds it. */
export function track<T extends Stoppable>(thing: T): T {
  started.add(thing);
  return thing;
}

/** Forgets what has been stopped. */
export function untrack(thing: Stoppable): void {
  started.delete(thing);
}

/** Stops whatever this process started by testkit and did not stop yet: for `afterEach` or `afterAll`. */
export async function stopEverything(): Promise<void> {
  const results = await Promise.allSettled([...started].reverse().map((thing) => thing.stop()));
  started.clear();
  const failed = results.filter((result) => result.status === 'rejected');
  if (failed.length > 0)
    throw new AggregateError(
      failed.map((result) => result.reason),
      'some servers did not stop',
    );
}
