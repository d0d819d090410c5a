import { describe, expect, test } from 'vitest';
import { FerryError } from '@cacheferry/kernel';
import { type AofEnd, AofWalker, looksLikeRdb, RdbWalker, readManifest } from '../src/index.ts';
import { type Fixture, fixtureFile, fixtureFiles, fixtures } from './fixture-files.ts';

type Command = { argv: string[]; start: number; end: number };

function walk(file: Buffer, from = 0, step = file.length): { commands: Command[]; stamps: number; end: AofEnd } {
  const commands: Command[] = [];
  let stamps = 0;
  const walker = new AofWalker(
    {
      command: (argv, start, end) => commands.push({ argv: argv.map((word) => word.toString('base64')), start, end }),
      timestamp: () => stamps++,
    },
    'file',
    from,
  );
  let at = from;
  for (let end = from; end < file.length; ) {
    end = Math.min(file.length, Math.max(at + walker.needBytes, end + step));
    at = walker.walk(file, at, end);
  }
  return { commands, stamps, end: walker.finish(file.length - at) };
}

/** The files of a fixture in the order of loading, with their names. */
function parts(fixture: Fixture): [string, Buffer][] {
  const single = fixtureFile(fixture, 'appendonly.aof');
  if (single) return [['appendonly.aof', single]];
  const [name, manifest] = [...fixtureFiles(fixture, '.manifest', 'appendonlydir')][0]!;
  return readManifest(manifest, name).map((part) => [
    String(part.name),
    fixtureFile(fixture, `appendonlydir/${part.name}`)!,
  ]);
}

/** Where the commands begin: behind an RDB preamble. */
function commandsFrom(file: Buffer): number {
  if (!looksLikeRdb(file)) return 0;
  const walker = new RdbWalker({ entry: () => {} });
  const at = walker.walk(file, 0, file.length);
  walker.finish();
  return at;
}

/** The encoding of a command as a server writes it: what the file must hold between two offsets. */
const asWritten = ({ argv }: Command) =>
  Buffer.concat([
    Buffer.from(`*${argv.length}\r\n`),
    ...argv.flatMap((word) => {
      const bytes = Buffer.from(word, 'base64');
      return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')];
    }),
  ]);

const damaged = /^aof-(corrupt|truncated|truncated-multi)$/;
const title = ({ version, name, dir }: Fixture) => `${version} ${name}${dir.includes('/packages/') ? '' : ' (whole)'}`;
const cases = fixtures('aof-').map((fixture) => [title(fixture), fixture] as const);

describe.each(cases.filter(([, { name }]) => !damaged.test(name)))('%s', (_, fixture) => {
  test('is read to its end, byte for byte', () => {
    for (const [name, file] of parts(fixture)) {
      const from = commandsFrom(file);
      const { commands, end, stamps } = walk(file, from);
      expect(end, name).toEqual({ validBytes: file.length, droppedBytes: 0 });
      for (const command of commands) {
        expect(file.subarray(command.start, command.end).equals(asWritten(command)), `${name} ${command.start}`).toBe(
          true,
        );
      }
      const covered = commands.reduce((sum, { start, end: stop }) => sum + stop - start, 0);
      expect(file.length - from - covered).toBe(stamps * '#TS:1795225949\r\n'.length);
    }
  });

  test('gives the same however the bytes arrive', () => {
    for (const [, file] of parts(fixture)) {
      const from = commandsFrom(file);
      const whole = JSON.stringify(walk(file, from));
      for (const step of [17, 4093]) expect(JSON.stringify(walk(file, from, step)) === whole).toBe(true);
    }
  });
});

type CheckOutput = { check: { output: string[] } };

describe.each(cases.filter(([, { name }]) => damaged.test(name)))('%s', (_, fixture) => {
  const meta = JSON.parse(String(fixtureFile(fixture, 'meta.json'))) as CheckOutput;
  const said = meta.check.output.join('\n');
  const [, file] = parts(fixture).at(-1)!;

  test('counts up to where the check tool of the server says it is whole', () => {
    const from = commandsFrom(file);
    if (fixture.name === 'aof-corrupt') {
      const error = thrownBy(() => walk(file, from));
      expect((error as FerryError).code).toBe('aof.corrupt');
      expect(said).toContain(String((error as FerryError).facts.offset));
      return;
    }
    const upTo = /ok_up_to=(\d+)/.exec(said)?.[1] ?? /ok_up_to=(\d+)|valid.*?(\d+)/i.exec(said)?.[1];
    expect(walk(file, from).end).toEqual({ validBytes: Number(upTo), droppedBytes: file.length - Number(upTo) });
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}
