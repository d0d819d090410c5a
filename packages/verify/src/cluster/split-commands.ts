import { CommandScanner } from '@cacheferry/resp';

/** The commands for one node: where they stood among all, and their bytes. */
export type NodeShare = { places: number[]; commands: Buffer[] };

/** The place that has the key in `bytes[start, end)`. */
export type PlaceOf = (bytes: Buffer, start: number, end: number) => string;

/** Splits commands of one key each, which are protocol already, by the place that has the key. */
export function splitCommands(commands: Buffer, placeOf: PlaceOf): Map<string, NodeShare> {
  const shares = new Map<string, NodeShare>();
  const scanner = new CommandScanner();
  for (let at = 0, index = 0; at < commands.length; index++) {
    const next = scanner.next(commands, at);
    if (next < 0) throw new Error('a command is not whole');
    const place = placeOf(commands, scanner.startOf(1), scanner.endOf(1));
    const share = shares.get(place) ?? { places: [], commands: [] };
    share.places.push(index);
    share.commands.push(commands.subarray(at, next));
    shares.set(place, share);
    at = next;
  }
  return shares;
}

/** Name and number of arguments of the first command. */
export function firstCommand(commands: Buffer): { name: string; args: string[] } {
  const scanner = new CommandScanner();
  scanner.next(commands, 0);
  const words = Array.from({ length: Math.min(scanner.count, 4) }, (_, index) =>
    commands.toString('latin1', scanner.startOf(index), scanner.endOf(index)),
  );
  return { name: (words[0] ?? '').toUpperCase(), args: words.slice(1) };
}
