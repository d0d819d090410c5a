import { doubtsOf, heldTime, keyId, type MigrationRules } from '@cacheferry/engine';
import type { Clock } from '@cacheferry/kernel';
import { type Command, type Reply, ReplyError } from '@cacheferry/resp';
import { type Applied, appliedFrom, checkpointCommand, isOf, placeFrom, type SourcePlace } from './applied-offset.ts';
import type { Depth, Judgement, Reading } from './check-types.ts';
import { compareReadings, isSameReading, isThere } from './compare-readings.ts';
import type { TtlRule } from './expiry.ts';
import { fingerprintOf } from './fingerprint.ts';
import { notThere, readingCommands, readingsOf } from './read-keys.ts';
import { fateOnTarget, nearMs } from './scope/moved-expiry.ts';
import { placeOnTarget } from './scope/place-on-target.ts';
import { type ReadScope, scopeOfReading, verdictByTime } from './scope/value-scope.ts';
import { expiryOf, infoOf, need, type Side } from './side.ts';

export type JudgeDeps = {
  source: Side;
  target: Side;
  rules: MigrationRules | null;
  /** On the source. */
  db: number;
  depth: Depth;
  checkpointKey: string;
  ttl: TtlRule;
  clock: Clock;
  signal: AbortSignal;
  /** Where the migration stood a while ago: when it stands further now, it is at work. */
  appliedBefore: number;
  /** Told when the target has lacked bytes of the source's stream for longer than a moment, and null when that is over. */
  onWaiting: (lagBytes: number | null) => void;
};

const mostTries = 60;
/** A target whose checkpoint does not move for so long has nothing to apply. */
const standsStillMs = 3_000;
/** Waiting is told of when it takes longer. */
const momentMs = 1_000;

/**
 * Judges keys that differed: read on the source at a known offset, on the target once it contains that offset, and on
 * the source again. A key that was the same both times must be the same on the target. One that moved is tried again,
 * and one that differs is confirmed: a key that changes to and fro can look still for a moment.
 */
export async function judgeBatch(deps: JudgeDeps, keys: readonly Buffer[]): Promise<Judgement[]> {
  const judgements: (Judgement | undefined)[] = keys.map(() => undefined);
  let open = keys.map((_, index) => index);
  for (let attempt = 0; attempt < mostTries && open.length > 0; attempt++) {
    if (attempt > 0) await deps.clock.sleep(Math.min(20 * attempt, 200), deps.signal);
    const some = open.map((index) => keys[index] as Buffer);
    const look = await sandwich(deps, some);
    open = open.filter((index, at) => {
      const judgement = judgeOne(look, at, deps);
      const before = judgements[index];
      judgements[index] = judgement;
      return !isFinal(judgement, before);
    });
  }
  for (const index of open) judgements[index] = { ...(judgements[index] as Judgement), verdict: 'moving' };
  return judgements.filter((judgement) => judgement !== undefined);
}

function isFinal({ verdict, fingerprint }: Judgement, before: Judgement | undefined): boolean {
  if (verdict !== 'differs') return verdict !== 'moving';
  return before?.verdict === 'differs' && before.fingerprint === fingerprint;
}

type Look = {
  first: Reading[];
  target: Reading[];
  second: Reading[];
  /** Keys that the migration is about to bring to what the source has. */
  isDue: boolean[];
  /** Whether a migration follows the source, whether the target contained what was read first, and goes on. */
  isFollowed: boolean;
  isContained: boolean;
  isAtWork: boolean;
};

function judgeOne(look: Look, at: number, deps: JudgeDeps): Judgement {
  const { ttl } = deps;
  const read = look.second[at] as Reading;
  const held = look.target[at] as Reading;
  const target = released(held, deps);
  const scope = scopeOfReading(deps.rules, read, deps.clock.now() + deps.source.clockOffsetMs);
  const fate = fateOnTarget(read.expireAtMs, ttl.moved, deps.clock.now() + deps.target.clockOffsetMs);
  const source = wantedOf(read, scope, fate);
  const findings = compareReadings(source, target, ttl);
  const stoodStill = isSameReading(look.first[at] as Reading, read, ttl) || read.refusal !== null;
  const seen = { findings, source, target: held, isExact: look.isFollowed && look.isContained };
  const verdict = verdictByTime(scope, isThere(held) || held.refusal !== null);
  if (verdict) return { ...seen, findings: [], verdict, fingerprint: '' };
  const isExactTtl = deps.source.hasExactTtl && deps.target.hasExactTtl;
  const fingerprint = fingerprintOf(source, held, isExactTtl);
  if (target !== held && findings.length === 0) return { ...seen, ...judgeHeld(look, source, held, deps), fingerprint };
  // Without a migration to go by, an equality that was seen is all there is to be had.
  if (findings.length === 0 && (stoodStill || !look.isFollowed)) return { ...seen, verdict: 'equal', fingerprint };
  const isSettled = stoodStill && !look.isDue[at] && fate !== 'going';
  return { ...seen, verdict: isSettled ? 'differs' : 'moving', fingerprint };
}

/** What is not in scope is to be as if it were not there, and so is what the rules let expire before its time. */
const wantedOf = (read: Reading, { took }: ReadScope, fate: string): Reading =>
  took === 'no' || fate === 'gone' ? notThere : read;

/** A reading with its real expiry, where a migration holds that back (see the engine's held expiries). */
function released(reading: Reading, { clock, target }: JudgeDeps): Reading {
  const real = reading.expireAtMs < 0 ? null : heldTime(reading.expireAtMs, clock.now() + target.clockOffsetMs);
  return real === null ? reading : { ...reading, expireAtMs: real };
}

/** A held expiry is right while the migration is at work; when it rests, the key would outlive its time. */
function judgeHeld(
  look: Look,
  source: Reading,
  held: Reading,
  deps: JudgeDeps,
): Pick<Judgement, 'verdict' | 'findings'> {
  if (look.isFollowed && look.isAtWork) return { verdict: 'equal', findings: [] };
  const isNear = source.expireAtMs < deps.clock.now() + deps.source.clockOffsetMs + nearMs;
  return { verdict: isNear ? 'moving' : 'differs', findings: compareReadings(source, held, deps.ttl) };
}

async function sandwich(deps: JudgeDeps, keys: readonly Buffer[]): Promise<Look> {
  const before = await readSource(deps, keys);
  // Asked for behind the reading: a key that has run out is deleted by it, and that is to be contained too.
  const isContained = await waitUntilLevel(deps);
  const target = await readTarget(deps, keys);
  const after = await readSource(deps, keys);
  const isFollowed = isOf(target.applied, after.place);
  const isAtWork = target.applied !== null && target.applied.offset > deps.appliedBefore;
  const { readings, isDue } = target;
  return { first: before.readings, target: readings, second: after.readings, isDue, isFollowed, isContained, isAtWork };
}

/** One transaction: the values and the offset they belong to. */
async function readSource(
  deps: JudgeDeps,
  keys: readonly Buffer[],
): Promise<{ readings: Reading[]; place: SourcePlace }> {
  const { source, db, depth, ttl } = deps;
  await source.read.call('SELECT', db);
  const commands = await readingCommands(source, keys, depth);
  // Without values no expiries are read; where rules move them, they tell whether a key is still to be there.
  const times = ttl.moved && depth !== 'value' ? keys.map((key): Command => [source.ttlCommand, key]) : [];
  const replies = await transaction(source, [...commands, ...times, ['INFO', 'replication']]);
  const readings = readingsOf(source, replies.slice(0, commands.length), depth, deps.clock.now());
  const place = placeFrom(String(replies.at(-1)));
  if (times.length === 0) return { readings, place };
  const expiryAt = (i: number) => expiryOf(source, Number(replies[commands.length + i]), deps.clock.now());
  return { readings: readings.map((reading, i) => ({ ...reading, expireAtMs: expiryAt(i) })), place };
}

/** One transaction: the checkpoint, which keys are still to be mended, and the values that belong to it. */
async function readTarget(
  deps: JudgeDeps,
  keys: readonly Buffer[],
): Promise<{ readings: Reading[]; applied: Applied | null; isDue: boolean[] }> {
  const { target, rules, depth } = deps;
  const places = keys.map((key) => placeOnTarget(rules, { db: deps.db, key }));
  const db = places[0]?.db ?? deps.db;
  await target.read.call('SELECT', db);
  const commands = await readingCommands(
    target,
    places.map(({ key }) => key),
    depth,
  );
  const sets = await doubtSets(deps);
  const due = sets.flatMap((set) =>
    places.map((place): Command => ['SISMEMBER', set, Buffer.from(keyId(place.db, place.key), 'latin1')]),
  );
  const head: Command[] = [['SELECT', 0], checkpointCommand(deps.checkpointKey), ...due, ['SELECT', db]];
  const replies = await transaction(target, [...head, ...commands]);
  const readings = readingsOf(target, replies.slice(head.length), depth, deps.clock.now());
  const isDue = places.map((_, i) => sets.some((__, n) => Number(replies[2 + n * places.length + i]) === 1));
  return { readings, applied: appliedFrom(replies[1]), isDue };
}

/** The sets of keys that a migration is about to mend, those that are there. */
async function doubtSets({ target, checkpointKey, db }: JudgeDeps): Promise<string[]> {
  const [, fields] = await target.read.pipeline([
    ['SELECT', 0],
    ['HKEYS', checkpointKey],
  ]);
  const sets = doubtsOf(checkpointKey, Array.isArray(fields) ? fields.map(String) : []);
  if (sets.length === 0) return [];
  const found = await target.read.pipeline([
    ['SELECT', 0],
    ...sets.map((set): Command => ['EXISTS', set]),
    ['SELECT', db],
  ]);
  return sets.filter((_, i) => Number(found[i + 1]) === 1);
}

async function transaction(side: Side, commands: Command[]): Promise<Reply[]> {
  const replies = await side.read.pipeline([['MULTI'], ...commands, ['EXEC']]);
  const refused = replies.slice(0, -1).find((reply) => reply instanceof ReplyError);
  // A user without MULTI, or without one of the commands, is told which.
  if (refused instanceof ReplyError) throw side.read.classify(refused, 'EXEC');
  const results = need(side.read, replies.at(-1), 'EXEC');
  return Array.isArray(results) ? results : [];
}

/** Waits until the target contains what the source has written so far; see `waitUntilContained`. */
export async function waitUntilLevel(deps: JudgeDeps): Promise<boolean> {
  return waitUntilContained(deps, placeFrom(await infoOf(deps.source.read, 'replication')));
}

/** Whether a migration follows the source, and stands further than a while ago. */
export async function isFollowedAtWork({ source, target, checkpointKey, appliedBefore }: JudgeDeps): Promise<boolean> {
  const place = placeFrom(await infoOf(source.read, 'replication'));
  const [, values] = await target.read.pipeline([['SELECT', 0], checkpointCommand(checkpointKey)]);
  const applied = appliedFrom(values);
  return isOf(applied, place) && applied.offset > appliedBefore;
}

/**
 * Waits until the target contains the source's offset. False where nothing follows the source, and where what follows it
 * rests: it may be paused, or what is left be heartbeats, which move the source's offset but no checkpoint.
 */
async function waitUntilContained(deps: JudgeDeps, place: SourcePlace): Promise<boolean> {
  const beganAt = deps.clock.monotonic();
  const tell = (lagBytes: number) => {
    if (deps.clock.monotonic() - beganAt > momentMs) deps.onWaiting(lagBytes);
  };
  try {
    return await isContainedAtLast(deps, place, tell);
  } finally {
    deps.onWaiting(null);
  }
}

async function isContainedAtLast(
  deps: JudgeDeps,
  place: SourcePlace,
  tell: (lagBytes: number) => void,
): Promise<boolean> {
  let last = -1;
  let since = deps.clock.monotonic();
  for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 100)) {
    const replies = await deps.target.read.pipeline([['SELECT', 0], checkpointCommand(deps.checkpointKey)]);
    const applied = appliedFrom(replies[1]);
    if (!isOf(applied, place)) return false;
    if (applied.offset >= place.offset) return true;
    if (applied.offset > last) {
      last = applied.offset;
      since = deps.clock.monotonic();
    }
    if (deps.clock.monotonic() - since > standsStillMs) return false;
    tell(place.offset - applied.offset);
    await deps.clock.sleep(waitMs, deps.signal);
  }
}
