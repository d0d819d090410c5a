import { describe, expect, test } from 'vitest';
import { ClusterView, parseClusterNodes } from './cluster-view.ts';
import { findHeir } from './find-heir.ts';

const view = (...lines: string[]): ClusterView => {
  const text = lines.map((line, at) => {
    const [id, flags, primary, slots = ''] = line.split(' ');
    return `${id} 10.0.0.1:${7000 + at}@17000 ${flags} ${primary} 0 0 1 connected ${slots.replaceAll(',', ' ')}`;
  });
  return new ClusterView(parseClusterNodes(text.join('\n'), { host: '10.0.0.1', port: 7000 }));
};

const before = view('a master - 0-8000', 'b master - 8001-16383', 'c slave a', 'd master -');

describe('the heir of a primary', () => {
  test.each<[string, ClusterView, string | null]>([
    ['nothing changed', before, null],
    ['a slot moved to another primary', view('a master - 1-8000', 'b master - 0,8001-16383', 'c slave a'), null],
    [
      'a slot moved to a primary that had none',
      view('a master - 1-8000', 'b master - 8001-16383', 'd master - 0'),
      null,
    ],
    [
      'a slot moved to a primary that has joined',
      view('a master - 1-8000', 'b master - 8001-16383', 'e master - 0'),
      null,
    ],
    ['all its slots moved to another primary', view('a master -', 'b master - 0-16383', 'c slave a'), null],
    ['it failed, and nobody has its slots', view('a master,fail - 0-8000', 'b master - 8001-16383', 'c slave a'), null],
    ['its replica has its slots, it follows', view('a slave c', 'b master - 8001-16383', 'c master - 0-8000'), 'c'],
    [
      'its replica has its slots, it failed',
      view('a master,fail -', 'b master - 8001-16383', 'c master - 0-8000'),
      'c',
    ],
    ['its replica has its slots, it is dead', view('a master -', 'b master - 8001-16383', 'c master - 0-8000'), 'c'],
    ['its replica has its slots, it is forgotten', view('b master - 8001-16383', 'c master - 0-8000'), 'c'],
    ['a new replica has its slots', view('a master -', 'b master - 8001-16383', 'e master - 0-8000'), 'e'],
    ['a slot moved on from the heir', view('a master -', 'b master - 0,8001-16383', 'c master - 1-8000'), 'c'],
  ])('when %s', (_, now, heir) => {
    expect(findHeir(before, now, 'a')?.id ?? null).toBe(heir);
  });
});
