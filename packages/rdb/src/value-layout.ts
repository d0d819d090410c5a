import type { RdbMagic } from './entry.ts';
import { plainBody } from './skim.ts';

/**
 * One step of a value's shape.
 *
 * `len` a length · `str` a string · `score` an ASCII double of 253–255 or a length byte · a number: that many bytes ·
 * `repeat` a count, then the steps up to its `end` that many times · `module` module opcodes up to 0.
 */
export type Step = 'len' | 'str' | 'score' | 'repeat' | 'end' | 'module' | number;

/**
 * The shape of a value as a small program, so that its end is found without understanding it; labels say what a step is.
 * `plain`: bodies of repeats that can be skimmed, by the place where they begin.
 */
export type Layout = {
  readonly steps: readonly Step[];
  readonly labels: readonly string[];
  readonly plain: readonly (readonly number[] | undefined)[];
};

/** Reads a shape: words `kind` or `label:kind`. */
function layout(text: string): Layout {
  const words = text.trim().split(/\s+/);
  const steps = words.map((word) => {
    const kind = word.slice(word.indexOf(':') + 1);
    return /^\d+$/.test(kind) ? Number(kind) : (kind as Step);
  });
  return {
    steps,
    labels: words.map((word) => (word.includes(':') ? word.slice(0, word.indexOf(':')) : '')),
    plain: steps.map((_, at) => (steps[at - 1] === 'repeat' ? plainBody(steps, at) : undefined)),
  };
}

const nodes = 'repeat nodeId:str node:str end length:len lastMs:len lastSeq:len';
const later = 'firstMs:len firstSeq:len deletedMs:len deletedSeq:len added:len';
const pel = 'pel:repeat pelId:16 pelMs:8 pelCount:len end';
const consumers = (times: string) =>
  `consumers:repeat consumer:str ${times} owned:repeat ownedId:16 end consumerEnd:end`;
const nacks = 'nacks:repeat nackId:16 end';
const idempotency =
  'idmp:len idmp:len idmp:repeat idmp:str idmp:repeat idmpId:str idmp:len idmp:len idmp:end idmp:end idmp:len idmp:len';

const stream1 = `${nodes} repeat group:str groupMs:len groupSeq:len ${pel} ${consumers('seen:8')} groupEnd:end`;
const stream2 = (times: string, afterConsumers = '') =>
  `${nodes} ${later} repeat group:str groupMs:len groupSeq:len entriesRead:len ${pel} ${consumers(times)} ` +
  `${afterConsumers} groupEnd:end`;
const stream3 = stream2('seen:8 active:8');

const shared: Record<number, Layout> = {
  0: layout('text:str'),
  1: layout('repeat item:str end'),
  2: layout('repeat item:str end'),
  3: layout('repeat member:str score:score end'),
  4: layout('repeat field:str value:str end'),
  5: layout('repeat member:str score:8 end'),
  7: layout('moduleId:len module'),
  9: layout('zipmap:str'),
  10: layout('ziplist:str'),
  11: layout('intset:str'),
  12: layout('ziplist:str'),
  13: layout('ziplist:str'),
  14: layout('repeat ziplist:str end'),
  15: layout(stream1),
  16: layout('listpack:str'),
  17: layout('listpack:str'),
  18: layout('repeat container:len quicknode:str end'),
  19: layout(stream2('seen:8')),
  20: layout('listpack:str'),
  21: layout(stream3),
};

const redis: Record<number, Layout> = {
  22: layout('repeat expiry:len field:str value:str end'),
  23: layout('listpack:str'),
  24: layout('firstExpiry:8 repeat expiry:len field:str value:str end'),
  25: layout('firstExpiry:8 listpack:str'),
  26: layout(`${stream3} ${idempotency}`),
  27: layout(`${stream2('seen:8 active:8', nacks)} ${idempotency}`),
};

const valkey: Record<number, Layout> = { 22: layout('repeat field:str value:str expiry:8 end') };

/** The layout of a value type, or `undefined` where its end cannot be known. Types from 22 on differ by magic. */
export function layoutOf(type: number, magic: RdbMagic): Layout | undefined {
  return shared[type] ?? (magic === 'REDIS' ? redis : valkey)[type];
}

/** The layouts of all type bytes, by number. */
export function layoutsOf(magic: RdbMagic): readonly (Layout | undefined)[] {
  return Array.from({ length: 256 }, (_, type) => layoutOf(type, magic));
}

/** Layouts of records that are no values, by opcode; 243 means something else in a Valkey file. */
export const recordLayouts = {
  moduleAuxRest: layout('len len module'),
  slotInfo: layout('len len len'),
  slotImport: layout('str repeat len len end'),
  keyMeta: layout('repeat 4 module end'),
} as const;
