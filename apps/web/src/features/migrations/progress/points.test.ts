import { describe, expect, test } from 'vitest';
import { addPoint, type Point, thin } from './points.ts';

const point = (second: number, keysDone = 0): Point => ({
  at: new Date(second * 1000).toISOString(),
  keysPerSecond: 0,
  bytesPerSecond: 0,
  keysDone,
  lagBytes: 0,
  lagMs: 0,
  rssBytes: 0,
});

describe('live points', () => {
  test('within one step the newest counts', () =>
    expect(addPoint([point(0), point(10, 1)], point(11, 2), 5).map((one) => one.keysDone)).toEqual([0, 2]));
  test('one that came late or twice is dropped', () => {
    expect(addPoint([point(10, 1)], point(10, 2), 1)).toEqual([point(10, 1)]);
    expect(addPoint([point(10, 1)], point(9, 2), 1)).toEqual([point(10, 1)]);
  });
  test('there are never more than an hour of seconds', () => {
    let points: Point[] = [];
    for (let second = 0; second < 4000; second++) points = addPoint(points, point(second), 1);
    expect(points).toHaveLength(3600);
    expect(points.at(-1)).toEqual(point(3999));
  });
});

test('thinning keeps the newest point', () => {
  const points = Array.from({ length: 100 }, (_, second) => point(second));
  expect(thin(points, 7)).toHaveLength(7);
  expect(thin(points, 7).at(-1)).toEqual(point(99));
  expect(thin(points.slice(0, 3), 7)).toHaveLength(3);
});
