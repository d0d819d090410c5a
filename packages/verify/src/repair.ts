import { FerryError } from '@cacheferry/kernel';
import {
  footerVersionFor,
  magicOf,
  makeDumpPayload,
  probePayloads,
  type RdbMagic,
  type RecodeGoal,
  readDumpPayload,
  recodeValue,
} from '@cacheferry/rdb';
import { type Command, type Reply, ReplyError } from '@cacheferry/resp';
import type { Judgement, Suspect } from './check-types.ts';
import type { RoundContext } from './first-round.ts';
import { placeOnTarget } from './scope/place-on-target.ts';

/** The first type whose number means something else in the other family. */
const firstForeignType = 22;

/**
 * Makes keys of the target what the source had when they were judged. Guarded, so that a write of a migration that came
 * in between is never undone; a value goes in the newest form that the target reads.
 */
export class Repairer {
  readonly #context: RoundContext;
  #goal: RecodeGoal | null = null;

  constructor(context: RoundContext) {
    this.#context = context;
  }

  /** Returns null when done, else why not. */
  async repair(suspect: Suspect, judged: Judgement): Promise<string | null> {
    const { target, rules } = this.#context;
    const { db, key } = placeOnTarget(rules, suspect);
    const isBig = judged.source.dump === null && judged.source.type !== null;
    if (isBig) return 'the value is too big to be written at once';
    if (judged.source.refusal ?? judged.target.refusal) return 'one side refuses to show the key';
    const payload = judged.source.dump ? await this.#payload(judged.source.dump) : null;
    if (payload instanceof FerryError) return payload.message;
    const watch = await target.read.pipeline([
      ['SELECT', db],
      ['WATCH', key],
      ['DUMP', key],
    ]);
    const held = watch[2];
    const isAsJudged = Buffer.isBuffer(held) ? judged.target.dump?.equals(held) === true : judged.target.dump === null;
    if (!isAsJudged && judged.target.type === null) {
      await target.read.call('UNWATCH');
      return 'the key has changed on the target';
    }
    return refusalOf(await target.read.pipeline([['MULTI'], ...this.#commands(key, payload, judged), ['EXEC']]));
  }

  #commands(key: Buffer, payload: Buffer | null, judged: Judgement): Command[] {
    const { target, deps, ttl } = this.#context;
    const at = judged.source.expireAtMs;
    const expireAtMs = at >= 0 && ttl.moved ? ttl.moved.of(at) : at;
    if (!payload) return [['DEL', key]];
    if (target.major >= 5) {
      return [['RESTORE', key, expireAtMs < 0 ? '0' : String(expireAtMs), payload, 'REPLACE', 'ABSTTL']];
    }
    const left = expireAtMs < 0 ? 0 : Math.max(1, expireAtMs - deps.clock.now() - target.clockOffsetMs);
    return [
      ['DEL', key],
      ['RESTORE', key, String(Math.round(left)), payload],
    ];
  }

  async #payload(dump: Buffer): Promise<Buffer | FerryError> {
    this.#goal ??= await this.#askGoal();
    const { type, body, version } = readDumpPayload(dump);
    const magic = magicOf(version);
    const dialect = dialectOf(this.#goal.product);
    const isForeign = type >= firstForeignType && magic !== dialect;
    if (!isForeign && !this.#goal.refused.has(type))
      return makeDumpPayload(type, body, footerVersionFor(type, dialect));
    try {
      const recoded = recodeValue(type, magic, body, this.#goal);
      return makeDumpPayload(recoded.type, recoded.body, footerVersionFor(recoded.type, recoded.magic));
    } catch (error) {
      if (error instanceof FerryError) return error;
      throw error;
    }
  }

  /** Asks the target which types it reads; leaves nothing behind. */
  async #askGoal(): Promise<RecodeGoal> {
    const { target } = this.#context;
    const payloads = [...probePayloads(dialectOf(target.product))];
    const isModern = target.major >= 5;
    const probes = payloads.map(
      ([, payload]): Command => ['RESTORE', 'cf:ck:probe', '1', payload, ...(isModern ? ['ABSTTL'] : [])],
    );
    const replies = isModern ? await target.read.pipeline(probes) : [];
    const refused = payloads.filter((_, i) => replies[i] instanceof ReplyError).map(([type]) => type);
    return { product: target.product, refused: new Set(refused) };
  }
}

const dialectOf = (product: 'redis' | 'valkey'): RdbMagic => (product === 'valkey' ? 'VALKEY' : 'REDIS');

function refusalOf(replies: readonly Reply[]): string | null {
  const results = replies.at(-1);
  if (results === null) return 'the key has changed on the target';
  const errors = [...replies, ...(Array.isArray(results) ? results : [])].filter(
    (reply) => reply instanceof ReplyError,
  );
  return errors.length > 0 ? String(errors[0]) : null;
}
