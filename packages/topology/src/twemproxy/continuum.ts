import { hash } from 'node:crypto';
import type { PoolServer } from '@cacheferry/importer';

/** Finds the server (its index) of a hash. */
export type Continuum = (hash: number) => number;

const f32 = Math.fround;
const pointsPerServer = 160;

/** Every server stands in the list as often as its weight says; the hash counts it off. */
export function modula(servers: readonly PoolServer[]): Continuum {
  const list = servers.flatMap(({ weight }, index) => Array<number>(weight).fill(index));
  return (value) => list[value % list.length] as number;
}

/**
 * Each server has points on a ring, as many as its share of the weight; a hash belongs to the first point from it on.
 *
 * Spec: twemproxy nc_ketama.c. It counts in 32-bit floats, so each step is rounded to them.
 */
export function ketama(servers: readonly PoolServer[]): Continuum {
  const total = f32(servers.reduce((sum, { weight }) => sum + weight, 0));
  const points = servers.flatMap(({ name, weight }, server) => {
    const share = f32(f32(weight) / total);
    const quarter = f32(f32(f32(share * pointsPerServer) / 4) * f32(servers.length));
    const rounds = Math.floor(f32(quarter + 0.000_000_000_1));
    return Array.from({ length: rounds }, (_, round) => pointsOf(`${name}-${round}`, server)).flat();
  });
  points.sort((a, b) => a.value - b.value);
  const values = Uint32Array.from(points, ({ value }) => value);
  return (value) => {
    let left = 0;
    let right = values.length;
    while (left < right) {
      const middle = (left + right) >>> 1;
      if ((values[middle] as number) < value) left = middle + 1;
      else right = middle;
    }
    return (points[right] ?? points[0])?.server as number;
  };
}

function pointsOf(name: string, server: number): { value: number; server: number }[] {
  const digest = hash('md5', name, 'buffer');
  return [0, 4, 8, 12].map((at) => ({ value: digest.readUInt32LE(at), server }));
}
