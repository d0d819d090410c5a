import type { ArgumentView } from './argument-view.ts';
import type { Words } from './absolute-expiry.ts';

/**
 * LPOP or RPOP of several elements, for a target that knows neither form (before 6.2): what it leaves of the list.
 *
 * Returns `null` for one without a count, which all know, and where no number stands there: then the target may judge it.
 */
export function trimForPop(args: ArgumentView): Words | null {
  if (args.count !== 3) return null;
  const count = args.numberAt(2);
  if (!(count >= 0)) return null;
  const [from, to] = args.isWord(0, 'LPOP') ? [count, -1] : [0, -1 - count];
  return ['LTRIM', args.at(1), String(from), String(to)];
}
