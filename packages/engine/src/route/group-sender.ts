import { FerryError } from '@cacheferry/kernel';
import { type Connection, ReplyError, ReplyScanner, type ScannedError } from '@cacheferry/resp';
import { OutputBuffer } from '../write/output-buffer.ts';
import type { ClusterNodes } from './cluster-nodes.ts';
import { type Redirect, redirectOf } from './redirect.ts';
import type { CheckpointCommands } from './slot-checkpoints.ts';
import { groupOf, type Item, type SlotGroup } from './slot-group.ts';

export type ItemError = { item: Item; error: ReplyError; isSure?: true };

/** What came of groups that were sent: commands that ran with an error, and one that kept its group from being run. */
export type Outcome = {
  errors: ItemError[];
  refused: ItemError | null;
  /** Elements that were answered by 0 or less, where that is asked for. */
  zeros: number[];
  /** Keys that were to be read, and were not there. */
  missing: Buffer[];
};

export const noOutcome = (): Outcome => ({ errors: [], refused: null, zeros: [], missing: [] });

export type GroupSenderOptions = {
  /** The cluster, for texts. */
  endpoint: string;
  nodes: Pick<ClusterNodes, 'of' | 'at' | 'takeMoved'>;
  checkpoints: () => CheckpointCommands;
  /** A slot stays on its way for so long that its commands are sent without their checkpoint. */
  onUnguarded: (slot: number) => void;
  signal: AbortSignal;
};

/** `ask`: only the item at `from` is sent, to another node for this once. */
type Due = { group: SlotGroup; from: number; ask: Connection | null; reply: number };

/** What was sent elsewhere, with the answer; null when its one item was run there and the rest goes on as before. */
type Again = Due & { error: ReplyError | null };

const multi = Buffer.from('*1\r\n$5\r\nMULTI\r\n');
const exec = Buffer.from('*1\r\n$4\r\nEXEC\r\n');
const asking = Buffer.from('*1\r\n$6\r\nASKING\r\n');
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
/** How long a guarded group waits for its slot, half of which is here and half there, to settle. */
const holdMs = 30_000;
const giveUpMs = 600_000;

/**
 * Sends groups of commands to the nodes that have their slots, and again to where the answers point, until all were run.
 *
 * Groups of one slot must not be under way at the same time: what is sent again would come behind.
 */
export class GroupSender {
  readonly #options: GroupSenderOptions;
  readonly #free: OutputBuffer[] = [];

  constructor(options: GroupSenderOptions) {
    this.#options = options;
  }

  /** Throws what ends the attempt: a lost link, a failover, a target that takes nothing for now. */
  async run(groups: readonly SlotGroup[], wantsZeros = false): Promise<Outcome> {
    const outcome = noOutcome();
    const began = performance.now();
    let due: Due[] = groups.map((group) => ({ group, from: 0, ask: null, reply: 0 }));
    while (due.length > 0) {
      this.#options.signal.throwIfAborted();
      const again = (
        await Promise.all([...this.#byNode(due)].map(([node, part]) => this.#send(part, { node, outcome, wantsZeros })))
      ).flat();
      due = again.length === 0 ? [] : await this.#redirect(again, began, { outcome, wantsZeros });
    }
    return outcome;
  }

  #byNode(due: readonly Due[]): Map<Connection, Due[]> {
    const { nodes } = this.#options;
    const parts = new Map<Connection, Due[]>();
    for (const one of due) {
      const node = one.ask ?? nodes.of(one.group.slot);
      const part = parts.get(node);
      if (part) part.push(one);
      else parts.set(node, [one]);
    }
    return parts;
  }

  /** Sends one node its part, and returns what it sent elsewhere, with its answer. */
  async #send(part: readonly Due[], context: Context & Wish): Promise<Again[]> {
    const { node } = context;
    const out = this.#free.pop() ?? new OutputBuffer(262_144);
    let replies = 0;
    for (const one of part) {
      one.reply = replies;
      replies += this.#write(out, one);
    }
    const scanner = new ReplyScanner(replies);
    const nones: number[] = [];
    scanner.nones = nones;
    if (context.wantsZeros) scanner.lows = [];
    await node.send(out.view(), scanner);
    const { errors, lows } = scanner;
    if (nones.length > 0) lookAtNones(part, nones, context);
    if (lows) noteZeros(part, lows, context.outcome);
    out.reset();
    this.#free.push(out);
    const isDone = errors.length === 0 && part.every(({ ask }) => ask === null);
    return isDone ? [] : judge(part, errors, context);
  }

  /** Returns how many replies are due. */
  #write(out: OutputBuffer, { group, from, ask }: Due): number {
    const { slot, isGuarded, items } = group;
    if (isGuarded) {
      out.raw(multi);
      for (const { bytes } of items) out.raw(bytes);
      if (group.mark >= 0) this.#options.checkpoints().write(out, slot, group.mark);
      out.raw(exec);
      return execAt(group) + 1;
    }
    if (ask) {
      out.raw(asking);
      out.raw((items[from] as Item).bytes);
      return 2;
    }
    for (let at = from; at < items.length; at++) out.raw((items[at] as Item).bytes);
    return items.length - from;
  }

  async #redirect(again: readonly Again[], began: number, context: Wish & { outcome: Outcome }): Promise<Due[]> {
    const due: Due[] = [];
    let mustWait = false;
    const waited = performance.now() - began;
    for (const { group, from, error } of again) {
      const redirect = error && redirectOf(error);
      const isHeld = redirect?.kind === 'later' || (redirect?.kind === 'ask' && group.isGuarded);
      mustWait ||= isHeld;
      if (isHeld && group.isGuarded && waited > holdMs) await this.#unguarded(group, context);
      else due.push({ group, from, ask: isHeld ? null : await this.#follow(redirect), reply: 0 });
    }
    if (waited > giveUpMs) throw new FerryError('endpoint.cluster_down', { endpoint: this.#options.endpoint });
    if (mustWait || waited > 1_000) await pause();
    return due;
  }

  /** Takes note of a move; returns the node that is to be asked for this once. */
  async #follow(redirect: Redirect | null): Promise<Connection | null> {
    const { nodes } = this.#options;
    if (redirect?.kind === 'moved') await nodes.takeMoved(redirect.slot, redirect.place);
    return redirect?.kind === 'ask' ? nodes.at(redirect.place) : null;
  }

  /** The checkpoint and the keys of a slot lie on two nodes, and stay so: command by command, each where its key is. */
  async #unguarded(group: SlotGroup, { outcome, wantsZeros }: Wish & { outcome: Outcome }): Promise<void> {
    this.#options.onUnguarded(group.slot);
    for (const item of group.items) {
      const { errors, zeros } = await this.run([groupOf(group.slot, [item], false)], wantsZeros);
      outcome.errors.push(...errors);
      outcome.zeros.push(...zeros);
    }
  }
}

/** Adds what came of further groups. */
export function merge(into: Outcome, { errors, refused, zeros, missing }: Outcome): void {
  into.errors.push(...errors);
  into.refused ??= refused;
  for (const element of zeros) into.zeros.push(element);
  into.missing.push(...missing);
}

/** Which reply of a guarded group is that of EXEC: behind MULTI, the commands, and the checkpoint. */
const execAt = ({ items, mark }: SlotGroup): number => items.length + (mark >= 0 ? 2 : 1);

/** Sorts a node's errors by what they mean: to be sent elsewhere, failed, refused. */
function judge(
  part: readonly Due[],
  errors: readonly ScannedError[],
  { node, outcome }: { node: Connection; outcome: Outcome },
): Again[] {
  const again: Again[] = [];
  let next = 0;
  part.forEach((due, index) => {
    const end = part[index + 1]?.reply ?? Number.POSITIVE_INFINITY;
    const own: ScannedError[] = [];
    for (; next < errors.length && (errors[next] as ScannedError).reply < end; next++)
      own.push(errors[next] as ScannedError);
    const { group, from, ask } = due;
    const judgeOne = group.isGuarded ? judgeGuarded : judgePlain;
    const redirected = own.length === 0 ? null : judgeOne(due, own, { node, outcome });
    if (redirected) again.push(redirected);
    else if (ask && from + 1 < group.items.length) again.push({ ...due, from: from + 1, error: null });
  });
  return again;
}

type Context = { node: Connection; outcome: Outcome };
type Wish = { wantsZeros: boolean };

/** `lows`: numbers of replies and elements in them, in turn, in their order. */
function noteZeros(part: readonly Due[], lows: readonly number[], outcome: Outcome): void {
  let index = 0;
  for (let at = 0; at < lows.length; at += 2) {
    const [reply, element] = [lows[at] as number, lows[at + 1] as number];
    while (index + 1 < part.length && (part[index + 1] as Due).reply <= reply) index++;
    const { group, from, ask, reply: first } = part[index] as Due;
    const place = group.isGuarded ? element : ask ? from : from + reply - first;
    const item = group.items[place];
    if (item) outcome.zeros.push(item.element);
  }
}

/** An EXEC that answers null was not run; a command for new keys that answers 0 or null has found one. */
function lookAtNones(part: readonly Due[], nones: readonly number[], { node, outcome }: Context): void {
  const found = new Set(nones);
  for (const { group, from, ask, reply } of part) {
    const { items, isGuarded } = group;
    if (isGuarded && found.has(reply + execAt(group)))
      throw new FerryError('endpoint.link_lost', { endpoint: node.endpoint });
    const item = items[from];
    if (!isGuarded && item?.isForNew && found.has(ask ? reply + 1 : reply))
      outcome.errors.push({ item, error: keyIsThere() });
  }
}

/** What RESTORE says of a key that is there already. */
export const keyIsThere = (): ReplyError => new ReplyError('BUSYKEY Target key name already exists.');

function judgePlain(due: Due, errors: readonly ScannedError[], context: Context): Again | null {
  const { group, from, ask, reply } = due;
  for (const { reply: at, error } of errors) {
    const index = ask ? from : from + at - reply;
    if (redirectOf(error)) return { ...due, from: index, error };
    note({ item: group.items[index] as Item, error }, context);
  }
  return null;
}

function judgeGuarded(due: Due, errors: readonly ScannedError[], context: Context): Again | null {
  const { items } = due.group;
  const last = due.reply + execAt(due.group);
  const aborted = errors.find(({ reply, element }) => reply === last && element < 0);
  const itemAt = (index: number): Item => items[index] ?? { bytes: Buffer.alloc(0), mark: -1, element: -1 };
  if (!aborted) {
    // The group is in, with its checkpoint: what failed in it will never be run.
    for (const { element, error } of errors) context.outcome.errors.push({ item: itemAt(element), error });
    return null;
  }
  const first = errors[0] as ScannedError;
  if (redirectOf(first.error)) return { ...due, error: first.error };
  const item = first === aborted ? itemAt(-1) : itemAt(first.reply - due.reply - 1);
  context.outcome.refused ??= { item, error: first.error };
  return null;
}

/** A command that failed. Throws when the node takes nothing for now, so that trying later may help. */
function note(failed: ItemError, { node, outcome }: Context): void {
  const error = node.classify(failed.error, 'EXEC');
  if (error.spec.retry || error.code === 'endpoint.no_permission') throw error;
  if (error.code === 'endpoint.unknown_command') outcome.refused ??= failed;
  else outcome.errors.push(failed);
}
