import { commandOf } from './lookup.ts';

/** Whether the command can change data. One that nobody knows counts as writing. */
export function isWrite(argv: readonly Uint8Array[], command = commandOf(argv)): boolean {
  return command === undefined || command.isWrite;
}
