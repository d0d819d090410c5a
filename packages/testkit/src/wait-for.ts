export type WaitOptions = { deadlineMs?: number; everyMs?: number; what?: string };

/** Thrown by a condition that can never come true any more: the waiting ends at once. */
export class Hopeless extends Error {}

/**
 * Asks again and again until the condition gives something truthy, and returns that.
 * Throws after the deadline with `what` and the last error of the condition.
 */
export async function waitFor<T>(condition: () => T | Promise<T>, options: WaitOptions = {}): Promise<NonNullable<T>> {
  const { deadlineMs = 10_000, everyMs = 10, what = 'the condition' } = options;
  const end = performance.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      last = undefined;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      last = error;
    }
    if (performance.now() >= end) throw new Error(`${what} did not come true in ${deadlineMs} ms`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
