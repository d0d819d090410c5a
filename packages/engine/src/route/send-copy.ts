import { type Connection, ReplyError, ReplyScanner } from '@cacheferry/resp';
import { keySlot } from '@cacheferry/topology';
import { type Batch, selectHead } from '../write/batch.ts';
import { argumentsOf } from '../write/judge-replies.ts';
import type { OutputBuffer } from '../write/output-buffer.ts';
import type { SendMemory } from '../write/send-memory.ts';
import { fullBatchBytes } from '../ship/entry-stage.ts';
import type { ClusterNodes } from './cluster-nodes.ts';
import { type GroupSender, keyIsThere, noOutcome, type Outcome } from './group-sender.ts';
import { redirectOf } from './redirect.ts';
import { groupOf, type Item, type SlotGroup } from './slot-group.ts';

export type SendCopyOptions = {
  nodes: ClusterNodes;
  sender: GroupSender;
  memory: Pick<SendMemory, 'output'>;
  /** Whether the entry that begins at that byte of the RDB is on the node of the slot already. */
  isThere: (slot: number, mark: number) => boolean;
};

type Part = { out: OutputBuffer; elements: Int32Array; count: number };

const leastPartBytes = 65_536;

/**
 * Sends the entries of a full sync to the nodes that have their slots: each key is there once, so order does not matter.
 *
 * Hot path: no object, slice or promise per entry.
 */
export class SendCopy {
  readonly #options: SendCopyOptions;
  readonly #free: Part[] = [];

  constructor(options: SendCopyOptions) {
    this.#options = options;
  }

  async run(batch: Batch): Promise<Outcome> {
    const outcome = noOutcome();
    const others: number[] = [];
    const parts = this.#split(batch, others);
    const again = (
      await Promise.all([...parts].map(([node, part]) => this.#send(batch, [node, part], outcome)))
    ).flat();
    if (again.length > 0) {
      const second = await this.#options.sender.run(again);
      outcome.errors.push(...second.errors);
      outcome.refused ??= second.refused;
    }
    for (const element of others) await this.#everywhere(itemOf(batch, element), outcome);
    return outcome;
  }

  /** Pieces of one value, each of which builds on those before: all or none of a batch, where they lie. */
  async runInOrder(batch: Batch, { key, mark }: NonNullable<Batch['pieceOf']>): Promise<Outcome> {
    const slot = keySlot(key);
    if (this.#options.isThere(slot, mark)) return noOutcome();
    const items: Item[] = [];
    for (let element = 0; element < batch.queued; element++) {
      const bytes = batch.commandOf(element);
      if (!bytes.subarray(0, selectHead.length).equals(selectHead))
        items.push({ bytes, mark: batch.markOf(element), element });
    }
    return this.#options.sender.run([{ slot, isGuarded: true, items, mark: -1 }]);
  }

  #split(batch: Batch, others: number[]): Map<Connection, Part> {
    const { nodes, isThere } = this.#options;
    const { out, queued } = batch;
    const { bytes } = out;
    const parts = new Map<string, Part>();
    let end = batch.startOf(0);
    for (let element = 0; element < queued; element++) {
      const start = end;
      end = batch.startOf(element + 1);
      const keyAt = keyStart(bytes, start);
      if (keyAt < 0) {
        others.push(element);
        continue;
      }
      const slot = keySlot(bytes, keyAt, keyEnd(bytes, keyAt));
      if (isThere(slot, batch.markOf(element))) continue;
      const id = nodes.ownerOf(slot);
      let part = parts.get(id);
      if (!part) {
        part = this.#take();
        parts.set(id, part);
      }
      part.out.rawOf(out, start, end);
      if (part.count === part.elements.length) part.elements = grow(part.elements);
      part.elements[part.count++] = element;
    }
    return new Map([...parts].map(([id, part]) => [nodes.connectionOf(id), part]));
  }

  async #send(batch: Batch, [node, part]: [Connection, Part], outcome: Outcome): Promise<SlotGroup[]> {
    const scanner = new ReplyScanner(part.count);
    const nones: number[] = [];
    scanner.nones = nones;
    await node.send(part.out.view(), scanner);
    const { errors } = scanner;
    const again: SlotGroup[] = [];
    for (const reply of nones) {
      const item = itemOf(batch, part.elements[reply] as number);
      if (item.isForNew) outcome.errors.push({ item, error: keyIsThere() });
    }
    for (const { reply, error } of errors) {
      const item = itemOf(batch, part.elements[reply] as number);
      const foreign = node.classify(error, 'RESTORE');
      if (redirectOf(error)) again.push(groupOf(slotOf(item), [item], false));
      else if (foreign.spec.retry) throw foreign;
      else outcome.errors.push({ item, error });
    }
    part.out.reset();
    this.#free.push(part);
    return again;
  }

  /** A library, a script: each node gets it. */
  async #everywhere(item: Item, outcome: Outcome): Promise<void> {
    const words = argumentsOf(item.bytes);
    if (/^select$/i.test(String(words[0]))) return;
    for (const node of this.#options.nodes.all()) {
      const [reply] = await node.pipeline([words]);
      if (!(reply instanceof ReplyError)) continue;
      const foreign = node.classify(reply, String(words[0]));
      if (foreign.spec.retry) throw foreign;
      if (outcome.errors.length === 0) outcome.errors.push({ item, error: reply });
    }
  }

  #take(): Part {
    const part = this.#free.pop() ?? this.#newPart();
    part.count = 0;
    return part;
  }

  /** Half as large again as an equal share of a full batch. */
  #newPart(): Part {
    const { memory, nodes } = this.#options;
    const size = Math.max(leastPartBytes, Math.ceil((fullBatchBytes * 1.5) / nodes.primaries.length));
    return { out: memory.output(size), elements: new Int32Array(512), count: 0 };
  }
}

function itemOf(batch: Batch, element: number): Item {
  const bytes = batch.commandOf(element);
  return { bytes, mark: batch.markOf(element), element, isForNew: isForNew(bytes) };
}

/** `SETNX key value`, or `SET key value PXAT time NX`. */
const isForNew = (bytes: Buffer): boolean =>
  bytes[nameAt] === 0x53 && (bytes[nameAt + 3] === 0x4e || bytes.subarray(-4, -2).equals(newWord));

const nameAt = 8;
const newWord = Buffer.from('NX');

const slotOf = ({ bytes }: Item): number => {
  const at = keyStart(bytes, 0);
  return keySlot(bytes, at, keyEnd(bytes, at));
};

/** Where the key of `*n $7 RESTORE $k key …`, `SET`, `SETNX`, `DEL`, `UNLINK` begins; −1 for any other command. */
function keyStart(bytes: Buffer, start: number): number {
  const name = bytes[start + nameAt];
  const size = (bytes[start + 5] as number) - 0x30;
  // R(ESTORE), D(EL), U(NLINK), S(ET), S(ETNX); not F(UNCTION), and not S(ELECT), S(CRIPT) with six letters.
  if (name !== 0x52 && name !== 0x44 && name !== 0x55 && (name !== 0x53 || size === 6)) return -1;
  let at = start + nameAt + size + 3;
  while (bytes[at] !== 0x0a) at++;
  return at + 1;
}

/** Its end: the length stands in the line before it. */
function keyEnd(bytes: Buffer, keyAt: number): number {
  let length = 0;
  let unit = 1;
  for (let at = keyAt - 3; bytes[at] !== 0x24; at--, unit *= 10) length += ((bytes[at] as number) - 0x30) * unit;
  return keyAt + length;
}

function grow(old: Int32Array): Int32Array {
  const grown = new Int32Array(old.length * 2);
  grown.set(old);
  return grown;
}
