import { expect, test } from 'vitest';
import { nameFields } from './name-fields.ts';

const t = (key: string) => key;

test.each([
  ['Lower --batch and --connections.', 'Lower “option.batch” and “option.connections”.'],
  ['They end it (--on-conflict fail).', 'They end it (“option.conflictTitle: option.conflict.fail”).'],
  ['或接受丢失：--accept module。', '或接受丢失：“option.accept” module。'],
  ['Look at it with redis-cli --cluster check a:1.', 'Look at it with redis-cli --cluster check a:1.'],
  ['Choose another directory (--state).', 'Choose another directory (--state).'],
  ['--constructor', '--constructor'],
])('%j reads on a page %j', (text, shown) => {
  expect(nameFields(text, t)).toBe(shown);
});
