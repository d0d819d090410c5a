import type { RdbMagic } from '../entry.ts';
import type { ValueType } from './element-sink.ts';

const names: Record<ValueType, readonly number[]> = {
  string: [0],
  list: [1, 10, 14, 18],
  set: [2, 11, 20],
  zset: [3, 5, 12, 17],
  hash: [4, 9, 13, 16, 22, 23, 24, 25],
  stream: [15, 19, 21, 26, 27],
  module: [6, 7],
};
const byNumber = new Map<number, ValueType>(
  (Object.keys(names) as ValueType[]).flatMap((name) => names[name].map((type): [number, ValueType] => [type, name])),
);

/** What kind of value a type byte stands for; `undefined` for one that is not known in files of this magic. */
export function valueTypeOf(type: number, magic: RdbMagic): ValueType | undefined {
  return magic === 'VALKEY' && type > 22 ? undefined : byNumber.get(type);
}
