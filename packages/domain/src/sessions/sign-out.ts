import { writeAudit } from '../audit/write-audit.ts';
import type { Context } from '../context.ts';
import { hashToken } from './token-text.ts';

/** Ends the session of a cookie's token; one that is over already is fine. */
export async function signOut(ctx: Context, token: string): Promise<void> {
  await ctx.store.transaction(async (tx) => {
    const tokenHash = hashToken(token);
    const found = await tx.sessions.find(tokenHash);
    if (!found) return;
    await tx.sessions.delete(tokenHash);
    const { id, username } = found.user;
    const deed = { action: 'session.close', objectKind: 'user', objectId: id, objectName: username, detail: {} };
    await writeAudit(ctx, tx, deed, 'ok');
  });
}
