import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { chainHash } from './chain.ts';

const batch = 1000;

/** Follows the chain of hashes from the first entry on; `brokenAt` names the first that is not as it was written. */
export async function verifyAudit(ctx: Context): Promise<{ ok: boolean; entries: number; brokenAt: string | null }> {
  authorise(ctx, 'admin');
  let position: string | null = null;
  let previous = '';
  let entries = 0;
  for (;;) {
    const rows = await ctx.store.audit.after(position, batch);
    for (const row of rows) {
      if (chainHash(previous, row.entry) !== row.hash) return { ok: false, entries, brokenAt: row.entry.id };
      previous = row.hash;
      position = row.position;
      entries++;
    }
    if (rows.length < batch) return { ok: true, entries, brokenAt: null };
  }
}
