import { dumpOverhead, type RdbEntry, writeDumpPayload } from '@cacheferry/rdb';
import { digitCount, type OutputBuffer } from './output-buffer.ts';

/** How RESTORE is to be written for a target; see `restoreFormFor`. */
export type RestoreForm = {
  /** REPLACE: an existing key is overwritten (≥ 3.0). */
  replace: boolean;
  /** ABSTTL: the expiry is Unix milliseconds (≥ 5.0); else it is relative to `now`. */
  absolute: boolean;
  /** Which of the access statistics the target's eviction policy uses (≥ 5.0). */
  access: 'none' | 'idle' | 'freq';
};

/** The value to write: the entry's own bytes, or what it was re-encoded to. `arenaAt`: its start in the arena, or −1. */
export type RestoreValue = { type: number; buffer: Buffer; start: number; end: number; arenaAt: number };

/** What stands around key and value. */
export type RestoreHow = { form: RestoreForm; expiry: number; footerVersion: number };

const name = Buffer.from('$7\r\nRESTORE\r\n$');
const replaceWord = Buffer.from('$7\r\nREPLACE\r\n');
const absoluteWord = Buffer.from('$6\r\nABSTTL\r\n');
const idleWord = Buffer.from('$8\r\nIDLETIME\r\n');
const freqWord = Buffer.from('$4\r\nFREQ\r\n');
/** Everything beside key and payload is shorter than this. */
const frameBytes = 192;

/**
 * Writes `RESTORE key expiry payload [REPLACE] [ABSTTL] [IDLETIME s | FREQ n]` straight into the output.
 *
 * `expiry`: what stands in the command: 0 for none, Unix milliseconds with ABSTTL, else milliseconds from now.
 * Spec: redis cluster.c, restoreCommand. Hot path; bench: `ferry` in the side-by-side bench.
 */
export function writeRestore(out: OutputBuffer, entry: RdbEntry, value: RestoreValue, how: RestoreHow): void {
  const { form, expiry } = how;
  const keyBytes = entry.keyEnd - entry.keyStart;
  const payloadBytes = value.end - value.start + dumpOverhead;
  out.reserve(keyBytes + payloadBytes + frameBytes);
  const access = accessOf(entry, form);
  out.head(0x2a, 4 + (form.replace ? 1 : 0) + (form.absolute ? 1 : 0) + (access < 0 ? 0 : 2));
  out.put(name, 0, name.length);
  out.digits(keyBytes);
  out.lineEnd();
  out.put(entry.keyBuffer, entry.keyStart, entry.keyEnd);
  out.lineEnd();
  out.head(0x24, digitCount(expiry));
  out.digits(expiry);
  out.lineEnd();
  out.head(0x24, payloadBytes);
  if (out.arena && out.arenaAt >= 0 && value.arenaAt >= 0) {
    out.arena.payload(
      value.arenaAt,
      value.end - value.start,
      value.type | (how.footerVersion << 8),
      out.arenaAt + out.length,
    );
    out.length += payloadBytes;
  } else out.length = writeDumpPayload(out.bytes, out.length, value, how.footerVersion);
  out.lineEnd();
  if (form.replace) out.put(replaceWord, 0, replaceWord.length);
  if (form.absolute) out.put(absoluteWord, 0, absoluteWord.length);
  if (access >= 0) writeAccess(out, form, access);
}

function accessOf(entry: RdbEntry, form: RestoreForm): number {
  if (form.access === 'none') return -1;
  return form.access === 'idle' ? entry.idleSeconds : entry.freq;
}

function writeAccess(out: OutputBuffer, form: RestoreForm, access: number): void {
  const word = form.access === 'idle' ? idleWord : freqWord;
  out.put(word, 0, word.length);
  out.bulkNumber(access);
}
