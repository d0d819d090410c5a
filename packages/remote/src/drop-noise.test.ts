import { describe, expect, test } from 'vitest';
import { DropNoise } from './drop-noise.ts';

const marker = 'ferry-0a1b';

async function read(chunks: Buffer[]): Promise<{ text: string; drop: DropNoise }> {
  const drop = new DropNoise(marker);
  const out: Buffer[] = [];
  drop.on('data', (bytes: Buffer) => out.push(bytes));
  for (const chunk of chunks) drop.write(chunk);
  drop.end();
  await new Promise((resolve) => drop.once('end', resolve));
  return { text: Buffer.concat(out).toString(), drop };
}

describe.each([
  ['no noise', `\n${marker} 42\nhello\n`, 'hello\n'],
  ['a greeting', `Welcome!\n\n${marker} 42\nhello\n`, 'hello\n'],
  ['a greeting without a line end', `Welcome!\n${marker} 42\n`, ''],
  ['a marker that comes again in the output', `\n${marker} 42\na\n${marker} 43\nb`, `a\n${marker} 43\nb`],
])('%s', (_, input, output) => {
  test.each([
    ['whole', [Buffer.from(input)]],
    ['byte by byte', [...Buffer.from(input)].map((byte) => Buffer.from([byte]))],
  ])('read %s', async (__, chunks) => {
    const { text, drop } = await read(chunks);
    expect({ text, pid: drop.pid }).toEqual({ text: output, pid: 42 });
  });
});

test('without the marker there is no output, and the noise is kept for messages', async () => {
  const { text, drop } = await read([Buffer.from('This account is '), Buffer.from('not available.\n')]);
  expect({ text, pid: drop.pid, noise: drop.noise }).toEqual({
    text: '',
    pid: null,
    noise: 'This account is not available.\n',
  });
});

test('noise beyond 1 MiB is an error', async () => {
  const drop = new DropNoise(marker);
  const failed = new Promise((resolve) => drop.once('error', resolve));
  for (let part = 0; part < 18; part++) drop.write(Buffer.alloc(64 << 10));
  expect(await failed).toBeInstanceOf(Error);
});
