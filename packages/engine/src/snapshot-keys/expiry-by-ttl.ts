import type { Command, Reply } from '@cacheferry/resp';

/** Commands that ask an old server (before 7.0) when keys expire, to be run at once, and how their replies are read. */
export type ExpiryQuestion = { commands: Command[]; read: (replies: readonly Reply[]) => ExpiryAnswer };

/** Unix ms of each key, 0: none. `isExact`: to the millisecond; else up to as late as the asking took. */
export type ExpiryAnswer = { isExact: boolean; expiries: number[] };

/**
 * The expiries that `asked` tells as times to live by its PTTL commands.
 *
 * A server counts them from its clock at that moment. That is known where a TIME before and one behind tell the same
 * millisecond; so rarely does one pass within all of it that asking twice is nearly always enough.
 */
export function expiryByTtl(asked: readonly Command[]): ExpiryQuestion {
  const places = asked.flatMap(([name], at) => (name === 'PTTL' ? at : []));
  const second = asked.length + 2;
  return {
    commands: [['TIME'], ...asked, ['TIME'], ...asked, ['TIME']],
    read: (replies) => {
      const [before, between, behind] = [0, second - 1, 2 * second - 2].map((at) => millisecond(replies[at]));
      const isFirst = before === between;
      const isExact = isFirst || between === behind;
      const from = isFirst || !isExact ? 1 : second;
      const expiries = places.map((place) => {
        const left = Number(replies[from + place]);
        return left < 0 ? 0 : (between as number) + left;
      });
      return { isExact, expiries };
    },
  };
}

function millisecond(time: Reply | undefined): number {
  const [seconds, micros] = time as Reply[];
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
