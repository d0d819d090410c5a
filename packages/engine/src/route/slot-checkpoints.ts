import { slotCount, slotTag } from '@cacheferry/topology';
import { checkpointKey } from '../write/bookkeeping.ts';
import { OutputBuffer } from '../write/output-buffer.ts';

/** Where a slot keeps how far a task's shards are contained in it, and its node how far the node is. */
export function slotCheckpointKey(task: string, slot: number): string {
  return `${checkpointKey(task)}:{${slotTag(slot)}}`;
}

/** The fields of a shard there; `generation` counts its full syncs, because offsets of different ones do not compare. */
export const slotField = (shard: string, generation: number): string => `at:${generation}:${shard}`;
/** Which large value of the full sync has taken its name there last. */
export const doneField = (shard: string): string => `big:${shard}`;
export const nodeMarkField = (shard: string): string => `node:${shard}`;

/** Writes the command that moves a slot's checkpoint, from bytes that are made once for each slot. */
export class CheckpointCommands {
  readonly #task: string;
  readonly #field: string;
  readonly #heads: (Buffer | undefined)[] = new Array(slotCount);

  constructor(task: string, field: string) {
    this.#task = task;
    this.#field = field;
  }

  write(out: OutputBuffer, slot: number, mark: number): void {
    const head = (this.#heads[slot] ??= this.#head(slot));
    out.raw(head);
    out.bulkNumber(mark);
  }

  #head(slot: number): Buffer {
    const key = slotCheckpointKey(this.#task, slot);
    const parts = ['HSET', key, this.#field].map((text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`);
    return Buffer.from(`*4\r\n${parts.join('')}`);
  }
}
