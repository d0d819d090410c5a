import { describe, expect, test } from 'vitest';
import { keySlot, slotCount, slotTag } from './key-slot.ts';

describe('the slot of a key', () => {
  // As CLUSTER KEYSLOT of a real server answers.
  test.each([
    ['123456789', 12739],
    ['foo', 12182],
    ['{foo}bar', 12182],
    ['a{foo}{bar}', 12182],
    ['foo{}{bar}', 8363],
    ['{}foo', 9500],
    ['foo{{bar}}zap', 4015],
    ['foo{bar', 15278],
    ['', 0],
  ])('%s → %i', (key, slot) => expect(keySlot(Buffer.from(key))).toBe(slot));

  test('can be asked for a key in the middle of other bytes', () => {
    expect(keySlot(Buffer.from('xx{foo}bar}'), 2, 10)).toBe(12182);
  });
});

test('every slot has a tag that lies in it', () => {
  for (let slot = 0; slot < slotCount; slot++) expect(keySlot(Buffer.from(`key:{${slotTag(slot)}}`))).toBe(slot);
});
