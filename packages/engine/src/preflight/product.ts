import type { Info } from './info.ts';

export type Product = {
  name: 'Redis' | 'Valkey';
  /** Its own version as the server writes it. */
  version: string;
  /** `7.0.15` → 70015. */
  number: number;
  /** The version of Redis whose commands it knows. */
  redisNumber: number;
};

/** `7.0.15` → 70015; 0 when it is no version. */
export function versionNumber(text: string): number {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map((part) => Number.parseInt(part, 10));
  return Number.isFinite(major + minor + patch) ? major * 10_000 + minor * 100 + patch : 0;
}

/** Product and version, or null for something else that answers. */
export function productOf(info: Info): Product | null {
  const redis = info.text('redis_version');
  if (redis === null) return null;
  const valkey = info.text('valkey_version');
  const version = valkey ?? redis;
  return {
    name: valkey === null ? 'Redis' : 'Valkey',
    version,
    number: versionNumber(version),
    redisNumber: versionNumber(redis),
  };
}

/** The newest RDB format that it writes and reads. Valkey counts anew from 9.0 (80). */
export function rdbVersionOf({ name, number }: Product): number {
  const table = name === 'Valkey' ? valkeyFormats : redisFormats;
  return table.find(([since]) => number >= since)?.[1] ?? 2;
}

const valkeyFormats = [
  [90_200, 81],
  [90_000, 80],
  [0, 11],
] as const;
const redisFormats = [
  [81_000, 15],
  [80_800, 14],
  [80_600, 13],
  [70_400, 12],
  [70_200, 11],
  [70_000, 10],
  [50_000, 9],
  [40_000, 8],
  [30_200, 7],
  [20_600, 6],
] as const;

/** Whether fields of a hash can have a time to live there. */
export function hasFieldTtl({ name, number }: Product): boolean {
  return name === 'Valkey' ? number >= 90_000 : number >= 70_400;
}
