import { join } from 'node:path';
import type { RdbEntry } from '@cacheferry/rdb';
import { keySlot } from '@cacheferry/topology';
import { doneField, slotCheckpointKey } from '../route/slot-checkpoints.ts';
import { bigKey, checkpointKey, doubtsKey } from '../write/bookkeeping.ts';
import { hasFieldTtl, restoreFormFor } from '../write/target-profile.ts';
import type { TargetSession } from '../write/target-session.ts';
import type { BatchWriter } from './batch-writer.ts';
import type { LeftOut } from './left-out.ts';
import type { BigEntriesOptions, BigPlace } from './big-entries.ts';
import { DoubtStage } from './doubt-stage.ts';
import type { StringWriting } from '../write/set-command.ts';
import { flushInScope } from './flush-in-scope.ts';
import { flushShard } from './flush-shard.ts';
import { followsValues } from './follows-values.ts';
import { FullSync } from './full-sync.ts';
import type { HeldExpiries } from './held-expiries.ts';
import { IncrementalSync } from './incremental-sync.ts';
import type { KeyRepair } from './key-repair.ts';
import { KeyFiles } from './key-files.ts';
import type { PriorKeys } from './prior-keys.ts';
import { recodeFor } from './recode.ts';
import type { Refusals } from './refusals.ts';
import { RuledEntries } from './ruled-entries.ts';
import { ruleWatch } from './rule-watch.ts';
import type { ShipDeps } from './ship-deps.ts';
import { planTypes } from './type-plan.ts';
import { FileValues } from './file-values.ts';

const batchesPerSecond = 5;

/** What both phases of a shipment are built from. */
export type StageContext = {
  prior: PriorKeys;
  deps: ShipDeps;
  session: TargetSession;
  committer: BatchWriter;
  refusals: Refusals;
  held: HeldExpiries;
  repair: KeyRepair;
  signal: AbortSignal;
};

/** The full sync as this target needs it. A repeated one overwrites what the one before has written. */
export function buildFullSync(context: StageContext, isResync: boolean): FullSync {
  const { deps, session, committer, refusals, held } = context;
  const { profile } = session;
  const { planned } = committer;
  const isReplacing = isResync || deps.options.onConflict === 'overwrite';
  return new FullSync(
    {
      // What is read by SCAN is made here, and has none.
      hasChecksum: !deps.mayRepeat,
      pool: committer.pool,
      input: committer.memory.input,
      clock: deps.clock,
      form: restoreFormFor(profile, isReplacing),
      strings: stringWriting(context, isReplacing),
      // A source that makes its RDB meanwhile, and perhaps on the same machine, leaves no time for it.
      fileValues: deps.isReplay ? new FileValues(committer.memory.unpackRoom) : null,
      deleteFirst: isReplacing && profile.redisVersion < 30_000,
      maxBulkBytes: profile.maxBulkBytes,
      bigKeyBytes: deps.options.bigKeyBytes,
      databases: profile.databases,
      endpoint: profile.endpoint,
      sourceShard: deps.slots ? deps.shard : null,
      hasFunctions: profile.redisVersion >= 70_000,
      product: profile.product,
      held,
      rules: deps.rules && new RuledEntries(deps.rules, deps.clock, deps.onStray),
      slots: entrySlots(deps),
      get batchEntries() {
        return entriesAtOnce(deps) * sharedBy(session);
      },
      big: bigEntries(context),
      planFor: (magic) => planTypes(magic, profile.product, refusals.types),
      recode: recodeFor(profile, refusals.types, () => deps.clock.now(), held.fields),
      refusals,
      ...keySets(context, isResync),
      skipUntil: planned.now.seenAt,
      countedUntil: committer.countedUntil,
      onLost: ({ key, ...loss }) => committer.lose({ ...loss, key: Buffer.from(key) }),
      onModuleAux: (module) => {
        if (refusals.auxiliary.has(module)) return;
        refusals.auxiliary.add(module);
        deps.log.warn('Auxiliary data of a module is left out: have the module make it anew on the target', { module });
      },
      onMiscounted: () => {
        committer.planned.takeBack(1, 0);
        deps.tally.keysDone--;
      },
      onEmpty: ({ db, key }) => committer.skipEmpty(db, key),
      onKeysTotal: (keys) => {
        deps.tally.keysTotal = keys;
      },
    },
    async (batch) => {
      await committer.submit(batch, isResync ? 'resync' : 'rdb');
    },
  );
}

/** A rate lets several batches a second pass, so that a slow one is no burst now and then. */
function entriesAtOnce({ options: { batch }, control: { rates } }: ShipDeps): number {
  return rates.rateKeys === 0 ? batch : Math.min(batch, Math.ceil(rates.rateKeys / batchesPerSecond));
}

/** Each node of a cluster gets a part of a batch only: then it is larger, as far as the memory allows. */
const sharedBy = ({ state, connection }: TargetSession): number =>
  state ? Math.min(2, connection.nodes.primaries.length) : 1;

/** Strings need no RESTORE where a key that is there already is overwritten, or would be a surprise. */
function stringWriting(
  { deps, session, committer, refusals }: StageContext,
  isReplacing: boolean,
): StringWriting | null {
  const isTheirs = session.claim.origin !== 'empty' && deps.options.onConflict !== 'overwrite';
  const by = session.state ? 'single' : 'group';
  if (refusals.groups || refusals.plainStrings || isTheirs || (by === 'group' && deps.slots)) return null;
  return {
    by,
    // Of a key that is read twice the later value is the newer one.
    over: isReplacing || deps.mayRepeat,
    from: by === 'single' ? committer.planned.doubtfulUntil : 0,
    hasExpiry: session.profile.redisVersion >= 60_200,
  };
}

/** A value is put together under a key of the task's own. Where sizes decide, it has to be known whole. */
function bigEntries({ deps, session: { profile, state }, held }: StageContext): BigEntriesOptions | null {
  // A target that evicts keys may drop a part of one that is being put together.
  if (profile.redisVersion < 50_000 || profile.access !== 'none' || deps.rules?.looksAtSize) return null;
  return {
    placeFor: state ? placeInSlot(deps) : () => ({ workKey: Buffer.from(bigKey(deps.task)), done: null }),
    redisVersion: profile.redisVersion,
    waitingFile: join(deps.keysDir, 'stream'),
    hasFieldTtl: hasFieldTtl(profile),
    maxBulkBytes: profile.maxBulkBytes,
    held,
    clock: deps.clock,
  };
}

/** In a cluster a key takes no name of another slot, and its batch no checkpoint of another. */
const placeInSlot =
  ({ task, shard }: ShipDeps) =>
  (key: Buffer): BigPlace => {
    const slot = keySlot(key);
    return { workKey: Buffer.from(bigKey(task, slot)), done: [slotCheckpointKey(task, slot), doneField(shard)] };
  };

/** The incremental sync as this target needs it. */
export function buildIncrementalSync(context: StageContext): IncrementalSync {
  const { deps, session, committer, refusals, held } = context;
  const { doubts, pending, recent } = context.repair;
  const { slots } = deps;
  const { profile } = session;
  const { rules } = deps;
  const hasAbsolute = profile.redisVersion >= 50_000;
  const { product, maxBulkBytes } = profile;
  const restoreTarget = { product, hasAbsolute, refused: refusals.types, nowMs: () => deps.clock.now() };
  const onLeftOut = ({ name, ...left }: LeftOut) =>
    committer.lose({ ...left, detail: 'the target has no place for it', command: name });
  return new IncrementalSync(
    {
      pool: committer.pool,
      dialect: { hasSetPxat: profile.redisVersion >= 60_200 },
      hasPopCount: profile.redisVersion >= 60_200,
      restoreTarget,
      get batchEntries() {
        return entriesAtOnce(deps);
      },
      databases: profile.databases,
      endpoint: profile.endpoint,
      sourceShard: deps.slots ? deps.shard : null,
      maxBulkBytes,
      bookkeeping: [checkpointKey(deps.task), doubtsKey(deps.task, deps.shard)],
      doubt: new DoubtStage({
        ...{ doubts, pending, recent, restoreTarget, held, maxBulkBytes, onLeftOut },
        isCluster: session.state !== undefined,
        hasFieldTtl: hasFieldTtl(profile),
        canRemake: () => context.repair.canAskSource,
        ...(slots ? { takesRepair: (key, offset) => slots.gate.takesRepair(key, offset) } : {}),
      }),
      refusals,
      held,
      onLeftOut,
      onMessage: () => void deps.tally.messages++,
      ruling: rules && {
        rules,
        followsValues: followsValues(deps),
        nowMs: () => deps.clock.now(),
        canAskSource: () => context.repair.canAskSource,
        ...ruleWatch(deps, committer),
      },
    },
    {
      submit: (batch) => committer.submit(batch, 'stream'),
      spill: (batch) => committer.lane.spill(batch),
      flush: async (order) => {
        if (rules) await flushInScope(context, rules, order);
      },
    },
    slots
      ? {
          gate: slots.gate,
          flush: (order) => flushShard(context, slots.gate, order),
        }
      : null,
  );
}

function entrySlots({ slots }: ShipDeps) {
  if (!slots) return null;
  return (end: number, { keyBuffer, keyStart, keyEnd }: RdbEntry) =>
    slots.gate.takesEntry(slots.rdbPosition(end), keyBuffer, keyStart, keyEnd);
}

/** Which keys a full sync notes, and which it must not take for its own. */
function keySets({ deps, session, prior }: StageContext, isResync: boolean) {
  const isOverwriting = deps.options.onConflict === 'overwrite';
  const hasPrior = session.claim.origin === 'filled' && prior.isKnown;
  const keys = isResync && hasPrior && !isOverwriting ? prior.load() : null;
  return {
    seen: isResync ? new KeyFiles(deps.keysDir, 'wanted').open('new') : null,
    written: hasPrior && isOverwriting ? prior.overwritten.open('append') : null,
    foreign: keys ? { keys, form: restoreFormFor(session.profile, false) } : null,
  };
}
