import type { Call } from './route.ts';

/** Asks until the answer is there, the client has left or the time is over. */
export async function patiently<T>(
  { deps, request }: Pick<Call<unknown, unknown, unknown>, 'deps' | 'request'>,
  ms: number,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const stop = () => ending.abort(new Error('the client left'));
  request.raw.once('close', () => request.raw.destroyed && stop());
  void deps.clock.sleep(ms, ending.signal).then(stop, () => {});
  try {
    return await ask(ending.signal);
  } finally {
    stop();
  }
}
