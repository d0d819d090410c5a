import type { Reply } from '@cacheferry/resp';
import { elementName } from '../compare-values.ts';
import type { BigDifferences } from './big-differences.ts';
import { both, compareOrdered, type Pair } from './compare-parts.ts';
import { fieldsOf, listReply, manyReplies, pendingEntries, streamEntries } from './read-parts.ts';

const counters = ['last-generated-id', 'max-deleted-entry-id', 'entries-added'];
const groupCounters = ['last-delivered-id', 'entries-read'];

/** Compares two streams: entries, counters, groups with their consumers and pending entries. */
export async function compareBigStreams(pair: Pair): Promise<void> {
  const { source, target, keys, differences, signal } = pair;
  await compareOrdered(streamEntries(source, keys.source), streamEntries(target, keys.target), (id, a, b) => {
    signal.throwIfAborted();
    differences.add('value', `entry ${id}`, a, b);
    return !differences.isFull;
  });
  const [left, right] = await both([source, target], async (side) => {
    const [info, groups] = await manyReplies(side, [
      ['XINFO', 'STREAM', keys[side.role]],
      ['XINFO', 'GROUPS', keys[side.role]],
    ]);
    return { info: fieldsOf(info as Reply), groups: groupsOf(groups as Reply) };
  });
  for (const name of counters) addUnequal(differences, ['value', name], left.info.get(name), right.info.get(name));
  const names = new Set([...left.groups.keys(), ...right.groups.keys()]);
  for (const name of names) {
    const [a, b] = [left.groups.get(name), right.groups.get(name)];
    const group = Buffer.from(name, 'latin1');
    if (!a || !b) differences.add('group', elementName('group', group), a ? group : null, b ? group : null);
    else await compareGroup(pair, group, a, b);
  }
}

async function compareGroup(pair: Pair, group: Buffer, a: Map<string, Reply>, b: Map<string, Reply>): Promise<void> {
  const { source, target, keys, differences } = pair;
  const at = elementName('group', group);
  for (const name of groupCounters) addUnequal(differences, ['group', `${at}, ${name}`], a.get(name), b.get(name));
  const [left, right] = await both([source, target], async (side) => {
    const consumers = await listReply(side, ['XINFO', 'CONSUMERS', keys[side.role], group]);
    return new Set(consumers.map((consumer) => nameOf(fieldsOf(consumer))));
  });
  for (const name of new Set([...left, ...right])) {
    const consumer = Buffer.from(name, 'latin1');
    if (left.has(name) !== right.has(name))
      differences.add('group', `${at}, consumer`, left.has(name) ? consumer : null, right.has(name) ? consumer : null);
  }
  await compareOrdered(
    pendingEntries(source, keys.source, group),
    pendingEntries(target, keys.target, group),
    (id, x, y) => {
      differences.add('group', `${at}, pending ${id}`, x, y);
      return !differences.isFull;
    },
  );
}

/** What one side does not tell (an older server) is no difference. */
function addUnequal(to: BigDifferences, [name, at]: ['value' | 'group', string], a?: Reply, b?: Reply): void {
  if (a === undefined || b === undefined || a === null || b === null || String(a) === String(b)) return;
  to.add(name, at, Buffer.from(String(a)), Buffer.from(String(b)));
}

function groupsOf(reply: Reply): Map<string, Map<string, Reply>> {
  const groups = (Array.isArray(reply) ? reply : []).map(fieldsOf);
  return new Map(groups.map((group) => [nameOf(group), group]));
}

function nameOf(fields: Map<string, Reply>): string {
  const name = fields.get('name');
  return Buffer.isBuffer(name) ? name.toString('latin1') : String(name);
}
