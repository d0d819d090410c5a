import { encodeCommands, leafKind, RawReplies } from '@cacheferry/resp';
import type { MigrationRules } from '@cacheferry/engine';
import type { KeyRef, Suspect } from '../check-types.ts';
import { placeOnTarget } from '../scope/place-on-target.ts';
import { mostLeafBytes } from '../slot.ts';
import type { Side } from '../side.ts';

/** A key whose payloads of both sides are bigger together is compared in parts. */
export const bigBytes = 8_388_608;

/** Finds out how big the values of suspects are on both sides, where it is not known, without holding them. */
export async function measure(
  { source, target, rules }: { source: Side; target: Side; rules: MigrationRules | null },
  db: number,
  suspects: Suspect[],
): Promise<void> {
  const unknown = suspects.filter(({ bytes }) => bytes === 0);
  if (unknown.length === 0) return;
  const places = unknown.map((suspect) => placeOnTarget(rules, suspect));
  const sizes = await Promise.all([sizesOf(source, db, unknown), sizesOf(target, places[0]?.db ?? db, places)]);
  unknown.forEach((suspect, i) => {
    suspect.bytes = sizes.reduce((sum, of) => sum + (of[i] ?? 0), 1);
  });
}

async function sizesOf(side: Side, db: number, refs: readonly KeyRef[]): Promise<number[]> {
  await side.read.call('SELECT', db);
  const count = refs.length;
  const dumps = encodeCommands(refs.map(({ key }) => ['DUMP', key]));
  const replies = new RawReplies(mostLeafBytes);
  await side.read.send(dumps, replies.expect(count));
  return Array.from({ length: count }, (_, i) => (replies.kind(i) === leafKind.error ? 0 : replies.size(i)));
}
