import type { RdbValue } from '@cacheferry/rdb';
import { ElementPrinter } from './element-printer.ts';
import type { LineWriter } from './line-writer.ts';

/** Prints a whole value as JSON. */
export function printValue(value: RdbValue, out: LineWriter, hasTimes: boolean): void {
  const printer = new ElementPrinter(out, hasTimes);
  switch (value.type) {
    case 'string':
      printer.text(value.text);
      break;
    case 'list':
    case 'set':
      for (const item of value.items) printer.item(item);
      break;
    case 'zset':
      for (const { member, score } of value.members) printer.scored(member, score);
      break;
    case 'hash':
      for (const { field, value: bytes, expireAtMs } of value.fields) printer.field(field, bytes, expireAtMs);
      break;
    case 'stream':
      for (const { id, fields } of value.entries) printer.streamEntry(id, fields);
      printer.streamInfo(value.info);
      for (const group of value.groups) printer.streamGroup(group);
      break;
    case 'module':
      printer.module(value.name, value.version);
  }
  printer.end();
}
