import { Settings } from '@cacheferry/contract';
import type { Repositories } from '../store/index.ts';

/** The settings in force; a stored value that no longer fits gives way to its default. */
export async function readSettings(store: Pick<Repositories, 'settings'>): Promise<Settings> {
  const stored = await store.settings.all();
  const whole = Settings.safeParse(stored);
  if (whole.success) return whole.data;
  const fitting = Object.entries(stored).filter(([name, value]) => Settings.safeParse({ [name]: value }).success);
  return Settings.parse(Object.fromEntries(fitting));
}
