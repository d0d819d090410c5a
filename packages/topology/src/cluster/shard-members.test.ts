import { describe, expect, test } from 'vitest';
import { ClusterView, parseClusterNodes } from './cluster-view.ts';
import { isDissolved, settleMembers } from './shard-members.ts';

const settle = (known: string, ...lines: string[]) => {
  const view = new ClusterView(parseClusterNodes(lines.join('\n'), { host: 'h', port: 1 }));
  const found = settleMembers(view, new Set(known.split(' ')));
  return found && [found.primary.id, ...[...found.members].filter((id) => id !== found.primary.id).sort()].join(' ');
};
const node = (id: string, flags: string, primary: string, epochAndSlots: string) => {
  const [epoch, slots = ''] = epochAndSlots.split(' ');
  return `${id} 10.0.0.1:6379@16379 ${flags} ${primary} 0 0 ${epoch} connected ${slots}`;
};

test.each([
  [
    'its primary, which had no slots, follows another',
    'a',
    [node('a', 'slave', 'b', '2'), node('b', 'master', '-', '2 0')],
    true,
  ],
  ['a replica took over', 'a b', [node('a', 'slave', 'b', '2'), node('b', 'master', '-', '2 0')], false],
  ['its primary is dead', 'a b', [node('a', 'master,fail', '-', '1 0'), node('b', 'slave', 'a', '1')], false],
  ['nothing is known of it', 'a', [node('b', 'master', '-', '2 0')], false],
])('%s: dissolved', (_, known, lines, expected) => {
  const view = new ClusterView(parseClusterNodes(lines.join('\n'), { host: 'h', port: 1 }));
  expect(isDissolved(view, new Set(known.split(' ')))).toBe(expected);
});

describe('the servers of a shard', () => {
  test.each([
    ['a primary and its replicas', 'a', [node('a', 'master', '-', '1 0-9'), node('b', 'slave', 'a', '1')], 'a b'],
    ['a replica took over', 'a b', [node('a', 'slave', 'b', '2'), node('b', 'master', '-', '2 0-9')], 'b a'],
    [
      'a replica took over, and the one before is not known as a replica yet',
      'a b',
      [node('a', 'master', '-', '1'), node('b', 'master', '-', '2 0-9'), node('c', 'slave', 'a', '1')],
      'b a c',
    ],
    [
      'the one before comes back from the dead with the newest epoch',
      'a b',
      [node('a', 'master', '-', '9'), node('b', 'master', '-', '2 0-9')],
      'b a',
    ],
    ['the one before is dead', 'a b', [node('a', 'master,fail', '-', '1'), node('b', 'master', '-', '2 0-9')], 'b a'],
    [
      'the one before has slots of its own now',
      'a b',
      [node('a', 'master', '-', '1 5'), node('b', 'master', '-', '2 0-4')],
      'b',
    ],
    ['nobody can speak for it', 'a b', [node('a', 'master,fail', '-', '1 0-9'), node('b', 'slave', 'a', '1')], null],
    ['a replica went to another primary', 'a b', [node('a', 'master', '-', '1 0'), node('b', 'slave', 'c', '1')], 'a'],
  ])('%s', (_, known, lines, expected) => {
    expect(settle(known, ...lines)).toBe(expected);
  });
});
