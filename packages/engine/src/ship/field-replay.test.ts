import { CommandScanner, encodeCommands } from '@cacheferry/resp';
import { expect, test } from 'vitest';
import { keyId } from '../snapshot-keys/key-id.ts';
import { ArgumentView } from './argument-view.ts';
import { FieldReplay } from './field-replay.ts';
import { fieldShiftMs, HeldFields } from './held-fields.ts';

const now = 2_000_000_000_000;
const passed = 1_600_000_000_000;
const id = keyId(0, Buffer.from('h'));

function replayed(line: string, set: (held: HeldFields) => void): string[] | null {
  const held = new HeldFields();
  set(held);
  held.note(id, Buffer.from('sure'), passed, true);
  held.note(id, Buffer.from('other'), passed);
  held.note(id, Buffer.from('later'), now + 1, true);
  const bytes = encodeCommands([line.split(' ')]);
  const scanner = new CommandScanner();
  scanner.next(bytes, 0);
  const args = new ArgumentView(scanner).open(bytes);
  const taken = new FieldReplay(
    held,
    () => now,
    () => {},
  ).take(args, 0, now);
  return taken?.map((command) => command.map(String).join(' ')) ?? null;
}

const old = (held: HeldFields) => void (held.isOn = true);
const setEx = (held: HeldFields) => void Object.assign(held, { isOn: true, hasSetEx: true });
const lost = (held: HeldFields) => void (held.isLost = true);

test.each([
  [
    'HINCRBY h sure 2',
    old,
    ['HSET h sure 0', 'HINCRBY h sure 2', `HPEXPIREAT h ${passed + fieldShiftMs} FIELDS 1 sure`],
  ],
  ['HINCRBY h other 2', old, null],
  ['HINCRBY h later 2', old, null],
  ['HINCRBY h unknown 2', old, null],
  ['HINCRBY h sure 2', setEx, ['HSETEX h KEEPTTL FIELDS 1 sure 0', 'HINCRBY h sure 2']],
  ['HINCRBYFLOAT h other 2', setEx, ['HSETEX h KEEPTTL FIELDS 1 other 0', 'HINCRBYFLOAT h other 2']],
  ['HINCRBY h later 2', setEx, null],
  ['HINCRBY h sure 2', lost, ['HSET h sure 0', 'HINCRBY h sure 2']],
  ['HINCRBY h other 2', lost, ['HSET h other 0', 'HINCRBY h other 2']],
])('%s, a field taken for gone being counted up from 0', (line, set, commands) => {
  expect(replayed(line, set)).toEqual(commands);
});
