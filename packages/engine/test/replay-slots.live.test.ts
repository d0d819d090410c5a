import { encodeCommand, openConnection, ReplyError } from '@cacheferry/resp';
import { slotTag } from '@cacheferry/topology';
import { createRandom, type Random, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterAll, expect, test } from 'vitest';
import { GroupSender } from '../src/route/group-sender.ts';
import { BatchPlanner } from '../src/route/plan-batch.ts';
import { CheckpointCommands, slotCheckpointKey } from '../src/route/slot-checkpoints.ts';
import type { SlotGroup } from '../src/route/slot-group.ts';
import { Batch } from '../src/write/batch.ts';

afterAll(() => stopEverything());

type Words = (string | number)[];
type Maker = (random: Random, key: () => string) => Words;

const far = 4_000_000_000_000;
const word = (random: Random) => `w${random.below(6)}`;
const time = (random: Random) => far + random.below(1_000);

const absolute: Maker[] = [
  (r, k) => ['SET', k(), word(r)],
  (r, k) => ['SET', k(), word(r), 'PXAT', time(r)],
  (r, k) => ['SET', k(), word(r), 'KEEPTTL'],
  (r, k) => ['SETRANGE', k(), r.below(4), word(r)],
  (r, k) => ['SETBIT', k(), r.below(20), r.below(2)],
  (r, k) => ['MSET', k(), word(r), k(), word(r)],
  (r, k) => ['HSET', k(), word(r), r.below(9)],
  (r, k) => ['HDEL', k(), word(r), word(r)],
  (r, k) => ['SADD', k(), word(r), word(r)],
  (r, k) => ['SREM', k(), word(r)],
  (r, k) => ['ZADD', k(), r.below(9), word(r)],
  (r, k) => ['ZREM', k(), word(r)],
  (r, k) => ['PFADD', k(), word(r)],
  (_, k) => ['PERSIST', k()],
  (_, k) => ['DEL', k()],
  (_, k) => ['UNLINK', k(), k()],
];
const guarded: Maker[] = [
  (_, k) => ['INCR', k()],
  (r, k) => ['APPEND', k(), word(r)],
  (r, k) => ['PEXPIREAT', k(), time(r)],
  (r, k) => ['RPUSH', k(), word(r)],
  (r, k) => ['LPUSH', k(), word(r), word(r)],
  (_, k) => ['LPOP', k()],
  (_, k) => ['LMOVE', k(), k(), 'LEFT', 'RIGHT'],
  (_, k) => ['LTRIM', k(), 0, 1],
  (r, k) => ['HINCRBY', k(), word(r), 2],
  (r, k) => ['ZINCRBY', k(), 1, word(r)],
  (r, k) => ['SMOVE', k(), k(), word(r)],
  (_, k) => ['SUNIONSTORE', k(), k(), k()],
  (_, k) => ['ZUNIONSTORE', k(), 2, k(), k()],
  (_, k) => ['RENAME', k(), k()],
  (_, k) => ['COPY', k(), k(), 'REPLACE'],
  (r, k) => ['ZADD', k(), 'GT', r.below(9), word(r)],
  (r, k) => ['SET', k(), word(r), 'XX'],
];

/** A log of one slot over four keys, cut into batches: which of them were run before the crash, and where it goes on. */
type Log = { slot: number; batches: Words[][]; crashedIn: number; resumedAt: number; floor: number };

const commandsPerLog = 24;
const logs = 5_000;

test(`${logs} random logs give the same data when a crash has cut them anywhere and they go on from before it`, async () => {
  const server = await startRedis({ args: ['--enable-debug-command', 'yes'] });
  const connection = await openConnection({ host: server.host, port: server.port });
  const random = createRandom(20_260_101);
  const made = Array.from({ length: logs }, (_, slot) => makeCommands(random, slot));

  // The source: what it refuses is not in its stream.
  await connection.call('SELECT', 1);
  const replies = await connection.pipeline(made.flat());
  let at = 0;
  const all = made.map((commands, slot): Log => {
    const done = commands.filter(() => !(replies[at++] instanceof ReplyError));
    const batches: Words[][] = [];
    for (let from = 0; from < done.length; ) {
      const size = 1 + random.below(5);
      batches.push(done.slice(from, from + size));
      from += size;
    }
    const crashedIn = random.below(batches.length);
    return { slot, batches, crashedIn, resumedAt: random.below(crashedIn + 1), floor: 0 };
  });

  await connection.call('SELECT', 0);
  const nodes = { of: () => connection, at: () => Promise.resolve(null), takeMoved: () => Promise.resolve() };
  const checkpoints = new CheckpointCommands('t', 'at');
  const signal = new AbortController().signal;
  const sender = new GroupSender({
    endpoint: '',
    nodes,
    checkpoints: () => checkpoints,
    onUnguarded: () => {},
    signal,
  });
  const run = async (which: (log: Log, step: number) => Words[] | undefined, cut: boolean) => {
    for (let step = 0; step < commandsPerLog; step++)
      await sender.run(
        plan(all, (log) => which(log, step), cut ? (log) => (log.crashedIn === step ? random.below(6) : 6) : () => 6),
      );
  };
  await run((log, step) => (step <= log.crashedIn ? log.batches[step] : undefined), true);
  const found = await connection.pipeline(all.map(({ slot }) => ['HGET', slotCheckpointKey('t', slot), 'at']));
  all.forEach((log, index) => {
    log.floor = Number(found[index] ?? 0);
  });
  await run((log, step) => (step >= log.resumedAt ? log.batches[step] : undefined), false);

  const ours = await digests(connection, 0);
  const theirs = await digests(connection, 1);
  const wrong = all.filter(({ slot }) => ours[slot] !== theirs[slot]);
  expect(wrong.slice(0, 2), `${wrong.length} of ${logs}`).toEqual([]);
  await connection.close();
});

const keyOf = (slot: number, n: number): string => `{${slotTag(slot)}}${n}`;

function makeCommands(random: Random, slot: number): Words[] {
  const key = () => keyOf(slot, random.below(4));
  return Array.from({ length: commandsPerLog }, () =>
    random.pick(random.chance(0.55) ? absolute : guarded)(random, key),
  );
}

/** Groups as the engine makes them; of one that is not guarded a crash may leave a beginning. */
function plan(all: readonly Log[], next: (log: Log) => Words[] | undefined, most: (log: Log) => number): SlotGroup[] {
  const batch = new Batch();
  for (const log of all) {
    let mark = log.batches.slice(0, log.batches.indexOf(next(log) ?? [])).flat().length;
    for (const words of next(log) ?? []) {
      batch.element(++mark);
      batch.out.raw(encodeCommand(words));
    }
  }
  const planner = new BatchPlanner({
    floorOf: (slot) => all[slot]?.floor ?? 0,
    onRewritten: () => {},
    onSplitTransaction: () => {},
    afterRepair: () => Buffer.alloc(0),
    noDatabase: () => new Error('no database'),
  });
  const groups = planner.plan(batch).flatMap((step) => ('groups' in step ? step.groups : []));
  return groups.flatMap((group) => {
    const items = group.items.slice(0, most(all[group.slot] as Log));
    if (group.isGuarded) return items.length === 0 ? [] : [group];
    return items.length === 0 ? [] : [{ ...group, items }];
  });
}

/** One text for each slot's four keys: type, value, expiry. */
async function digests(connection: Awaited<ReturnType<typeof openConnection>>, db: number): Promise<string[]> {
  await connection.call('SELECT', db);
  const keys = Array.from({ length: logs }, (_, slot) => [0, 1, 2, 3].map((n) => keyOf(slot, n)));
  const values = await connection.pipeline(keys.map((four) => ['DEBUG', 'DIGEST-VALUE', ...four]));
  const times = await connection.pipeline(keys.flat().map((key) => ['PEXPIRETIME', key]));
  const types = await connection.pipeline(keys.flat().map((key) => ['TYPE', key]));
  return keys.map(
    (_, slot) => `${values[slot]} ${times.slice(slot * 4, slot * 4 + 4)} ${types.slice(slot * 4, slot * 4 + 4)}`,
  );
}
