import { FerryError } from '@cacheferry/kernel';

/** One file of a multi-part AOF. `name` are its bytes: names need not be valid text. */
export type AofPart = { name: Buffer; seq: number; type: 'base' | 'incr' | 'history' };

const types = { b: 'base', i: 'incr', h: 'history' } as const;
const escapes: Record<string, number> = { n: 10, r: 13, t: 9, b: 8, a: 7 };

/**
 * Reads the manifest of a multi-part AOF: the files in the order in which they are loaded, base first, without history.
 *
 * Shape: lines `file NAME seq N type b|i|h` and further pairs; `#` begins a comment; names may be quoted with C escapes.
 * Throws `aof.bad_manifest`. Spec: redis aof.c, aofLoadManifestFromFile.
 */
export function readManifest(bytes: Buffer, file: string): AofPart[] {
  const bad = (reason: string) => new FerryError('aof.bad_manifest', { file, reason });
  const parts = bytes
    .toString('latin1')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line, i) => readPart(line, (reason) => bad(`${reason} in entry ${i + 1}`)));
  const bases = parts.filter(({ type }) => type === 'base');
  const increments = parts.filter(({ type }) => type === 'incr');
  if (bases.length > 1) throw bad('it names two base files');
  if (bases.length + increments.length === 0) throw bad('it names no file');
  increments.forEach((part, i) => {
    if (i > 0 && part.seq <= (increments[i - 1] as AofPart).seq) throw bad('its sequence does not rise');
  });
  return [...bases, ...increments];
}

function readPart(line: string, bad: (reason: string) => FerryError): AofPart {
  const words = splitWords(line);
  if (words === undefined || words.length < 6 || words.length % 2 !== 0) throw bad('a line that cannot be read');
  const facts = new Map<string, Buffer>();
  for (let i = 0; i < words.length; i += 2) facts.set(String(words[i]).toLowerCase(), words[i + 1] as Buffer);
  const name = facts.get('file');
  const seq = Number(facts.get('seq')?.toString('latin1'));
  const type = types[facts.get('type')?.toString('latin1') as keyof typeof types];
  if (!name || name.length === 0) throw bad('no file name');
  if (name.includes('/') || name.includes(0) || name.equals(Buffer.from('..'))) throw bad('a path instead of a name');
  if (!Number.isSafeInteger(seq) || seq < 1) throw bad('no sequence number');
  if (type === undefined) throw bad('no known type');
  return { name, seq, type };
}

/** Words apart from blanks; "…" with \xHH and C escapes, '…' with \' only. `undefined` when a quote is not closed. */
function splitWords(line: string): Buffer[] | undefined {
  const words: Buffer[] = [];
  const word = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"']+))(?=\s|$)/y;
  const text = line.trimEnd();
  while (word.lastIndex < text.length) {
    const found = word.exec(text);
    if (!found) return undefined;
    const [, double, single, plain] = found;
    words.push(
      double === undefined ? Buffer.from((single ?? plain ?? '').replaceAll("\\'", "'"), 'latin1') : unescape(double),
    );
  }
  return words;
}

function unescape(text: string): Buffer {
  const plain = text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, hex?: string, letter = '') =>
    String.fromCharCode(hex === undefined ? (escapes[letter] ?? letter.charCodeAt(0)) : Number.parseInt(hex, 16)),
  );
  return Buffer.from(plain, 'latin1');
}
