import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createRandom, removeDir, tempDir } from '@cacheferry/testkit';
import { afterAll, expect, test } from 'vitest';
import { nastyPayloads } from '../test/nasty-payloads.ts';
import { quoteCommand } from './quote-command.ts';

const dir = tempDir('quote');
const canary = path.join(dir, 'canary');
afterAll(() => removeDir(dir));

const shells = ['dash', 'bash', 'zsh', 'fish', 'busybox'].filter((name) => fs.existsSync(`/usr/bin/${name}`));

/** What a program gets as its arguments when a shell reads the quoted line. */
function through(shell: string, argv: readonly string[]): string[] {
  const line = quoteCommand(['printf', '%s\\0', ...argv]);
  const args = shell === 'busybox' ? ['sh', '-c', line] : ['-c', line];
  return execFileSync(shell, args, { encoding: 'utf8', cwd: dir }).split('\0').slice(0, -1);
}

test.each(shells)('%s hands on 200 nasty arguments unchanged and runs none of them', (shell) => {
  const payloads = nastyPayloads(canary);
  expect(payloads).toHaveLength(200);
  expect(through(shell, payloads)).toEqual(payloads);
  // In small groups too: in a long line one mistake may hide another.
  for (let at = 0; at < payloads.length; at += 10) {
    const group = payloads.slice(at, at + 10);
    expect(through(shell, group)).toEqual(group);
  }
  expect(fs.readdirSync(dir)).toEqual([]);
});

test.each(shells)('%s hands on random texts unchanged', (shell) => {
  const random = createRandom(20);
  const letter = () => String.fromCodePoint(random.pick([1 + random.below(126), 1 + random.below(0xd7fe)]));
  for (let round = 0; round < 40; round++) {
    const argv = Array.from({ length: 1 + random.below(20) }, () =>
      Array.from({ length: random.below(40) }, letter).join(''),
    );
    expect(through(shell, argv)).toEqual(argv);
  }
});

test('plain words stay readable', () => {
  expect(quoteCommand(['df', '-P', '/var/lib/a_b.c'])).toBe('df -P /var/lib/a_b.c');
  expect(quoteCommand(['echo', '', 'a b', "it's"])).toBe("echo '' 'a b' 'it'\\''s'");
});

test('a NUL cannot be an argument', () => {
  expect(() => quoteCommand(['echo', 'a\0b'])).toThrow(expect.objectContaining({ code: 'machine.bad_argument' }));
});
