// Data for the benchmarks, written into a server by redis-cli --pipe.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

const encode = (words) => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

/** Random text, of which every word of a batch has another piece: real values do not shrink to nothing. */
function texts() {
  const text = randomBytes(200_000).toString('base64');
  let at = 0;
  return (size) => {
    at = (at + 61) % (text.length - size);
    return text.substr(at, size);
  };
}

const pairs = (count, name, value) => Array.from({ length: count }, (_, n) => [name(n), value(n)]).flat();

/** A collection or string by its number: every type, small and large ones. */
function mixed(n, text) {
  const key = `${n % 20}:${n}`;
  const size = 1 + ((n * 7) % 60);
  switch (n % 20) {
    case 0:
      return [
        'HSET',
        key,
        ...pairs(
          200,
          (f) => `field:${f}`,
          () => text(8),
        ),
      ];
    case 1:
    case 2:
    case 3:
      return [
        'HSET',
        key,
        ...pairs(
          4 + (size % 28),
          (f) => `f${f}`,
          () => text(12),
        ),
      ];
    case 4:
    case 5:
      return ['RPUSH', key, ...Array.from({ length: size }, () => text(10))];
    case 6:
      return ['SADD', key, ...Array.from({ length: size }, (_, m) => String(n + m * 31))];
    case 7:
      return ['SADD', key, ...Array.from({ length: size }, (_, m) => `${m}${text(8)}`)];
    case 8:
    case 9:
      return [
        'ZADD',
        key,
        ...pairs(
          size,
          (m) => String((n * m) / 8),
          (m) => `m${m}`,
        ),
      ];
    case 10:
      return ['XADD', key, '*', 'sensor', String(n % 64), 'value', text(8)];
    default:
      return ['SET', key, text(20 + ((n * 3) % 180))];
  }
}

/** Fills a server. `strings`: keys of `size` bytes each · `mixed`: every type, three of ten with an expiry. */
export async function fill(port, set, keys, size = 100) {
  const child = spawn('redis-cli', ['-p', String(port), '--pipe'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const text = texts();
  for (let from = 0; from < keys; from += 5_000) {
    let batch = '';
    for (let n = from; n < Math.min(from + 5_000, keys); n++) {
      const words = set === 'strings' ? ['SET', `key:${n}`, text(size)] : mixed(n, text);
      batch += encode(words);
      if (set !== 'strings' && n % 10 < 3) batch += encode(['PEXPIREAT', words[1], String(4_102_444_800_000 + n)]);
    }
    if (!child.stdin.write(batch)) await once(child.stdin, 'drain');
  }
  child.stdin.end();
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`redis-cli --pipe ended with ${code}`);
}
