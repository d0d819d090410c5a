import { migrationLifecycle, type StateChange } from '@cacheferry/contract';
import type { Say } from '../../../i18n/say.ts';

/** The changes that have a name in the language files. */
export const changeNames = [
  'start',
  'launch',
  'stop',
  'fail',
  'full_sync',
  'caught_up',
  'paused',
  'cutover',
  'done',
  'stopped',
  'lose',
  'restart',
  'contact',
  'forgotten',
] as const;
const actors = ['supervisor', 'engine'] as const;

/** What happened, in the language of the page. */
export function changeText({ event, from }: Pick<StateChange, 'event' | 'from'>, t: Say): string {
  // What the engine reports is the same then as when it has caught up for the first time.
  if (event === 'caught_up' && from === 'paused') return t('migrationHistory.of.resumed');
  const known = changeNames.find((name) => name === event);
  return known ? t(`migrationHistory.of.${known}`) : event;
}

/** Who did it: a user by name, a part of the product by what it is. */
export function actorText({ by, event }: Pick<StateChange, 'by' | 'event'>, t: Say): string {
  const known = actors.find((name) => name === by);
  // Contact comes back to a state that is worked out, so the table has no row for it.
  const isPart = event === 'contact' || migrationLifecycle.some((row) => row.event === event && row.by === known);
  return known && isPart ? t(`migrationHistory.actor.${known}`) : by;
}
