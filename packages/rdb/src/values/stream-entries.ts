import { Cursor } from '../cursor.ts';
import { damagedValue } from './damaged.ts';
import type { ElementSink } from './element-sink.ts';
import { readListpack } from './listpack.ts';

const isDeleted = 1;
const hasMasterFields = 2;

/**
 * Gives the entries of one node of a stream to the sink; deleted ones are passed over.
 *
 * Shape: a listpack of the master entry (live, deleted, field count, fields, 0), then per entry flags, ms and seq as
 * differences to the node's id, fields, and the number of its elements.
 * Throws `rdb.corrupt`. Spec: redis t_stream.c.
 */
export function readStreamNode(nodeId: Buffer, node: Buffer, sink: ElementSink, offset: number): void {
  if (nodeId.length !== 16) throw damagedValue('stream node id', offset);
  const reader = new NodeReader(nodeId, readListpack(node, offset), offset);
  reader.run(sink);
}

/** Gives the entries of a node that came as it lies (`StreamParts`). Throws `rdb.corrupt`. */
export function readNodeEntries(nodeId: Buffer, packed: Buffer, sink: ElementSink): void {
  const cursor = new Cursor();
  cursor.open(packed, 0, packed.length);
  if (!cursor.string() || cursor.at !== packed.length) throw damagedValue('stream node', 0);
  readStreamNode(nodeId, cursor.unpacked(), sink, 0);
}

class NodeReader {
  readonly #ms: bigint;
  readonly #seq: bigint;
  readonly #elements: Buffer[];
  readonly #offset: number;
  #at = 0;

  constructor(nodeId: Buffer, elements: Buffer[], offset: number) {
    this.#ms = nodeId.readBigUInt64BE(0);
    this.#seq = nodeId.readBigUInt64BE(8);
    this.#elements = elements;
    this.#offset = offset;
  }

  run(sink: ElementSink): void {
    const entries = this.#count() + this.#count();
    const masterFields = this.#take(this.#count());
    this.#count();
    for (let i = 0; i < entries; i++) this.#entry(masterFields, sink);
    if (this.#at !== this.#elements.length) throw damagedValue('stream node end', this.#offset);
  }

  #entry(masterFields: Buffer[], sink: ElementSink): void {
    const flags = this.#count();
    const id = `${BigInt.asUintN(64, this.#ms + this.#difference())}-${BigInt.asUintN(64, this.#seq + this.#difference())}`;
    const fields = flags & hasMasterFields ? this.#interleave(masterFields) : this.#take(this.#count() * 2);
    this.#count();
    if (!(flags & isDeleted)) sink.streamEntry(id, fields);
  }

  #interleave(names: Buffer[]): Buffer[] {
    const values = this.#take(names.length);
    return names.flatMap((name, i) => [name, values[i] as Buffer]);
  }

  #take(count: number): Buffer[] {
    if (this.#at + count > this.#elements.length) throw damagedValue('stream entry', this.#offset);
    this.#at += count;
    return this.#elements.slice(this.#at - count, this.#at);
  }

  #difference(): bigint {
    const text = this.#take(1)[0]?.toString('latin1') ?? '';
    if (!/^-?\d{1,20}$/.test(text)) throw damagedValue('stream entry id', this.#offset);
    return BigInt(text);
  }

  #count(): number {
    const count = Number(this.#take(1)[0]?.toString('latin1'));
    if (!Number.isSafeInteger(count) || count < 0) throw damagedValue('stream entry count', this.#offset);
    return count;
  }
}
