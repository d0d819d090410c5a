import type { Cursor } from '../cursor.ts';
import type { RdbMagic } from '../entry.ts';
import { damagedValue } from './damaged.ts';
import type { ElementSink } from './element-sink.ts';
import { readIntset } from './intset.ts';
import { readListpack } from './listpack.ts';
import { scoreAt, scoreOfText } from './score.ts';
import type { StepHandlers } from './value-decoder.ts';
import { valueTypeOf } from './value-type.ts';
import { readZiplist } from './ziplist.ts';
import { readZipmap } from './zipmap.ts';

const plainNode = 1;
const packedNode = 2;

/** What to do at the steps of strings, lists, sets, sorted sets and hashes. */
export function collectionSteps(type: number, magic: RdbMagic, cursor: Cursor, sink: ElementSink): StepHandlers {
  const offset = () => cursor.base + cursor.from;
  const packed = packedReader(type, magic, sink);
  const pack = (read: (blob: Buffer, offset: number) => Buffer[]) => () =>
    packed(read(cursor.unpacked(), offset()), offset());
  let container = 0;
  return {
    text: () => sink.text(cursor.unpacked()),
    item: () => sink.item(cursor.unpacked()),
    ziplist: pack(readZiplist),
    listpack: pack(readListpack),
    zipmap: pack(readZipmap),
    intset: pack(readIntset),
    container: () => {
      container = cursor.value;
      if (container !== plainNode && container !== packedNode) throw cursor.damaged('list node');
    },
    quicknode: () => (container === plainNode ? sink.item(cursor.unpacked()) : pack(readListpack)()),
    ...(valueTypeOf(type, magic) === 'hash' ? fieldSteps(type, magic, cursor, sink) : scoredSteps(type, cursor, sink)),
  };
}

function scoredSteps(type: number, cursor: Cursor, sink: ElementSink): StepHandlers {
  let member: Buffer = cursor.buffer;
  return {
    pause: () => {
      member = Buffer.from(member);
    },
    member: () => {
      member = cursor.unpacked();
    },
    score: (before) =>
      sink.scored(
        member,
        type === 3 ? scoreAt(cursor.buffer, before, cursor.base + before) : cursor.buffer.readDoubleLE(before),
      ),
  };
}

/** The three ways of keeping a field's expiry: before the field (absolute, or from the first one on), or after it. */
function fieldSteps(type: number, magic: RdbMagic, cursor: Cursor, sink: ElementSink): StepHandlers {
  let field: Buffer = cursor.buffer;
  let value: Buffer = field;
  let firstExpiry = 0;
  let expiry = -1;
  const isBehind = magic === 'VALKEY' && type === 22;
  return {
    pause: () => {
      field = Buffer.from(field);
      value = Buffer.from(value);
    },
    firstExpiry: (before) => {
      firstExpiry = Number(cursor.buffer.readBigInt64LE(before));
      if (firstExpiry < 0) throw cursor.damaged('field expiry');
    },
    expiry: (before) => {
      if (isBehind) sink.field(field, value, Number(cursor.buffer.readBigInt64LE(before)));
      else if (cursor.value === 0) expiry = -1;
      else expiry = type === 24 ? cursor.value + firstExpiry - 1 : cursor.value;
      if (!Number.isSafeInteger(expiry)) throw cursor.damaged('field expiry');
    },
    field: () => {
      field = cursor.unpacked();
    },
    value: () => {
      value = cursor.unpacked();
      if (!isBehind) sink.field(field, value, expiry);
    },
  };
}

/** Takes the elements of a packed node apart, as the type says what they are. */
function packedReader(type: number, magic: RdbMagic, sink: ElementSink) {
  const kind = valueTypeOf(type, magic);
  const stride = type === 23 || type === 25 ? 3 : kind === 'hash' || kind === 'zset' ? 2 : 1;
  return (elements: Buffer[], offset: number): void => {
    if (elements.length % stride !== 0) throw damagedValue('number of elements', offset);
    for (let i = 0; i < elements.length; i += stride) {
      const first = elements[i] as Buffer;
      if (stride === 1) sink.item(first);
      else if (kind === 'zset') sink.scored(first, scoreOfText(elements[i + 1] as Buffer, offset));
      else
        sink.field(first, elements[i + 1] as Buffer, stride === 3 ? expiryOf(elements[i + 2] as Buffer, offset) : -1);
    }
  };
}

function expiryOf(text: Buffer, offset: number): number {
  const ms = Number(text.toString('latin1'));
  if (!Number.isSafeInteger(ms) || ms < 0) throw damagedValue('field expiry', offset);
  return ms === 0 ? -1 : ms;
}
