import { MigrationOptions } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { ferryCommand } from './ferry-command.ts';

const run = {
  source: 'redis://a:1',
  target: 'rediss://b:2?ca=/c.pem',
  hasSourcePassword: false,
  hasTargetPassword: false,
  mode: 'sync',
};

test('defaults are not written', () =>
  expect(ferryCommand({ ...run, options: z.parse(MigrationOptions, {}) })).toBe(
    "ferry migrate redis://a:1 'rediss://b:2?ca=/c.pem' --mode sync",
  ));

test('what was chosen stands in it, quoted for a shell, and no password does', () =>
  expect(
    ferryCommand({
      ...run,
      hasTargetPassword: true,
      options: z.parse(MigrationOptions, {
        onConflict: 'skip',
        filter: ["it's:*", 'b'],
        rateKeys: 5,
        accept: ['module', 'type'],
      }),
    }),
  ).toBe(
    "FERRY_TARGET_PASSWORD=… ferry migrate redis://a:1 'rediss://b:2?ca=/c.pem' --mode sync --on-conflict skip " +
      "--filter 'it'\\''s:*' --filter b --rate-keys 5 --accept module,type",
  ));

test('an uploaded file stands in it by its name', () =>
  expect(
    ferryCommand({
      ...run,
      source: 'rdb:upload:01a200aa-b0b7-7000-aec6-6c18a09ffd46/a.rdb,upload:01a200aa-b0b7-7000-aec6-6c18a09ffd47/b.rdb',
      mode: 'full',
      options: z.parse(MigrationOptions, {}),
    }),
  ).toBe("ferry migrate rdb:a.rdb,b.rdb 'rediss://b:2?ca=/c.pem' --mode full"));
