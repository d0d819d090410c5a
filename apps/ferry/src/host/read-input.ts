import { wrongUse } from '../arguments.ts';

const mostBytes = 1024 * 1024;

/** Reads standard input to its end: at most 1 MiB. */
export async function readInput(command: string, stdin: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const part = Buffer.from(chunk as Buffer);
    size += part.length;
    if (size > mostBytes) throw wrongUse(command, 'standard input is larger than 1 MiB');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** The text as JSON. The parser's own message is not used: it repeats the text, which may hold a password. */
export function parseInput(command: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrongUse(command, 'standard input is not JSON');
  }
}
