import { readArguments } from '../arguments.ts';
import type { CommandModule } from '../command.ts';
import { type DecodeReport, decodeFile } from '../decode/decode-file.ts';
import { LineWriter } from '../decode/line-writer.ts';

const help = `ferry decode FILE

Prints what a file holds as JSON lines on stdout.
  an RDB (plain, .gz, .zst)       one key a line, expired keys too; strings are base64
  an AOF, an appendonlydir        the keys of its RDB preamble, then its commands

What is no key (function libraries, a cut tail) is counted on stderr.`;

/** `ferry decode`: an RDB or AOF as JSON lines. */
export const command: CommandModule = {
  help,
  async run(args, io) {
    const { positionals } = readArguments('decode', args, {}, { atLeast: 1, atMost: 1 });
    const out = new LineWriter(io.stdout);
    try {
      const report = await decodeFile(positionals[0] as string, out, io.signal);
      for (const line of notes(report)) io.stderr.write(`${line}\n`);
      return 0;
    } catch (error) {
      if (!io.signal.aborted) throw error;
      return 130;
    } finally {
      await out.flush();
    }
  },
};

function notes(report: DecodeReport): string[] {
  const lines: [number, string][] = [
    [report.functionLibraries, 'function libraries are not printed'],
    [report.moduleAux, 'records of modules that belong to no key are not printed'],
    [report.emptyKeys, 'keys with an empty collection are left out, as servers do'],
    [report.droppedBytes, 'bytes at the end are cut off or belong to a MULTI without EXEC and are left out'],
    [report.garbageBytes, 'bytes behind the end of the RDB are left out'],
  ];
  return lines.filter(([count]) => count > 0).map(([count, text]) => `note: ${count} ${text}`);
}
