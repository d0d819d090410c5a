import { Settings, type SettingsChange } from '@cacheferry/contract';
import { act } from '../act.ts';
import { changes } from '../audit/write-audit.ts';
import type { Context } from '../context.ts';
import { readSettings } from './read-settings.ts';

/** Changes the settings that are named and answers all. */
export async function updateSettings(ctx: Context, change: SettingsChange): Promise<Settings> {
  const intent = { needs: 'admin', action: 'settings.update', objectKind: 'settings' } as const;
  return act(ctx, intent, async ({ tx, describe }) => {
    const before = await readSettings(tx);
    describe({ detail: changes(before, change) });
    await tx.settings.put(change, new Date(ctx.clock.now()));
    return Settings.parse({ ...before, ...change });
  });
}
