// Walks an RDB of 2,000,000 strings of 100 bytes, made in memory. `npx tsx packages/rdb/test/walker.bench.mjs`
import { Crc64, dumpOverhead, RdbWalker, writeDumpPayload } from '../src/index.ts';

const keys = 2_000_000;
const file = Buffer.alloc(keys * 130);
let at = file.write('REDIS0011');
at += file.write('\xfe\x00', at, 'latin1');
for (let i = 0; i < keys; i++) {
  const key = `key:${String(i).padStart(10, '0')}`;
  file[at] = 0;
  file[at + 1] = key.length;
  at += 2 + file.write(key, at + 2);
  file[at++] = 0x40;
  file[at++] = 100;
  file.fill(i & 0x7f, at, at + 100);
  at += 100;
}
file[at++] = 255;
at = new Crc64().update(file, 0, at).write(file, at);

const out = Buffer.alloc(1 << 20);
const ways = {
  walk: () => {},
  'walk, slices': (entry) => entry.key.length + entry.value.length,
  'walk, payload': (entry) => {
    if (entry.valueEnd - entry.valueStart + dumpOverhead > out.length) return;
    writeDumpPayload(out, 0, { type: entry.type, buffer: entry.buffer, start: entry.valueStart, end: entry.valueEnd });
  },
};
for (const [name, take] of Object.entries(ways)) {
  for (let run = 0; run < 3; run++) {
    let count = 0;
    const walker = new RdbWalker({
      entry(entry) {
        count++;
        take(entry);
      },
    });
    const started = performance.now();
    let from = 0;
    for (let end = 0; !walker.isDone; ) {
      end = Math.min(at, end + 262_144);
      from = walker.walk(file, from, end);
    }
    const ms = performance.now() - started;
    console.log(`${name}: ${Math.round(count / ms)}k entries/s, ${Math.round(at / ms / 1000)} MB/s`);
  }
}
