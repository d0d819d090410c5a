import type { StoredEvent } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { findWork } from './find-work.ts';

/** The newest progress of a migration or check as a frame of its stream, or null before the first. */
export async function getProgressEvent(ctx: Context, id: string): Promise<StoredEvent | null> {
  authorise(ctx, 'viewer');
  const { snapshot, snapshotAt } = await findWork(ctx.store, id);
  if (!snapshot || !snapshotAt) return null;
  const at = snapshotAt.toISOString();
  return { ...snapshot, id: null, at, type: 'progress', level: null, runId: null, seq: null };
}
