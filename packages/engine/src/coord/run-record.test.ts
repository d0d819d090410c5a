import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { Job } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { tempDir } from '@cacheferry/testkit';
import { expect, test } from 'vitest';
import { openStateDir } from '../state/state-dir.ts';
import { RunRecord } from './run-record.ts';

const job = Job.parse({ version: 1, source: { url: 'redis://a:1' }, target: { url: 'redis://b:2' } });

test('what could not be noted is noted at the next occasion', () => {
  const state = openStateDir(tempDir('state'));
  const record = new RunRecord(state, job);
  rmSync(state.stateFile);
  mkdirSync(state.stateFile);
  expect(() => record.set('written')).toThrow(FerryError);
  expect(record.hasWritten).toBe(false);
  expect(readdirSync(state.dir).filter((name) => name.endsWith('.draft'))).toEqual([]);
  rmdirSync(state.stateFile);
  record.set('written');
  expect(JSON.parse(readFileSync(state.stateFile, 'utf8'))).toMatchObject({ status: 'written' });
  expect(new RunRecord(state, job).hasWritten).toBe(true);
});
