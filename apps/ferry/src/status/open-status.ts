import { Snapshot } from '@cacheferry/contract';
import { askEngine } from '@cacheferry/engine';
import type { Clock } from '@cacheferry/kernel';
import type { ListenAt } from './listen.ts';
import { openMetricsServer } from './metrics-server.ts';
import { openStatusServer } from './status-server.ts';

export type StatusPorts = { metrics: ListenAt | null; status: ListenAt | null };

/** Opens the ports that were asked for, which show the run of a state directory. Returns what closes them. */
export async function openStatus(
  { metrics, status }: StatusPorts,
  run: { dir: string; clock: Clock; configFile: string; countTargets: () => Promise<number> },
): Promise<() => void> {
  const closers: (() => void)[] = [];
  const ask = () => snapshotOf(run.dir);
  try {
    if (metrics) closers.push(await openMetricsServer(metrics, ask));
    if (status) closers.push(await openStatusServer(status, { ...run, ask }));
  } catch (error) {
    for (const close of closers) close();
    throw error;
  }
  return () => {
    for (const close of closers) close();
  };
}

/** The run's own answer; null while there is none that answers. */
async function snapshotOf(dir: string): Promise<Snapshot | null> {
  try {
    return Snapshot.parse(await askEngine(dir, { command: 'status' }));
  } catch {
    return null;
  }
}
