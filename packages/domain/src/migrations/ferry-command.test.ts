import { spawnSync } from 'node:child_process';
import { MigrationOptions } from '@cacheferry/contract';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ferryCommand, quote } from './ferry-command.ts';

const end = (url: string, hasPassword = false) => ({
  url,
  kind: 'standalone',
  endpointId: null,
  name: null,
  hasPassword,
});
const usual = MigrationOptions.parse({});

describe('a migration as a command', () => {
  test('names only what is not usual, and where passwords come from', () => {
    const source = end('redis://app@10.0.0.1:6379', true);
    const target = end('redis+cluster://10.0.0.2:7000,10.0.0.3:7000');
    const plain = ferryCommand({ source, target, mode: 'sync', options: usual });
    expect(plain).toBe(
      'FERRY_SOURCE_PASSWORD=… ferry migrate redis://app@10.0.0.1:6379 redis+cluster://10.0.0.2:7000,10.0.0.3:7000 --mode sync',
    );
    const options = {
      ...usual,
      onConflict: 'skip',
      filter: ['user:*', "it's"],
      rateKeys: 5,
      accept: ['function', 'module'],
    } as const;
    const rich = ferryCommand({
      source: end('rdb:/a b.rdb'),
      target,
      mode: 'full',
      options: MigrationOptions.parse(options),
    });
    expect(rich).toBe(
      `ferry migrate 'rdb:/a b.rdb' redis+cluster://10.0.0.2:7000,10.0.0.3:7000 --mode full --on-conflict skip --filter 'user:*' --filter 'it'\\''s' --rate-keys 5 --accept function,module`,
    );
  });

  test('is read by a shell as it was meant', () => {
    const words = fc.array(
      fc.string({ minLength: 1 }).filter((word) => !word.includes('\0')),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(words, (given) => {
        const command = `for word in ${given.map(quote).join(' ')}; do printf '%s\\0' "$word"; done`;
        expect(spawnSync('/bin/sh', ['-c', command]).stdout.toString().split('\0').slice(0, -1)).toEqual(given);
      }),
      { numRuns: 10 },
    );
  });
});
