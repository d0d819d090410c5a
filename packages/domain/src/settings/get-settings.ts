import type { Settings } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { readSettings } from './read-settings.ts';

/** The settings of the installation. */
export async function getSettings(ctx: Context): Promise<Settings> {
  authorise(ctx, 'admin');
  return readSettings(ctx.store);
}
