import { commandOf, keyPositions } from '@cacheferry/commands';
import { safeText } from '@cacheferry/resp';
import { libraryName } from './library-name.ts';

/** What a command is about: its first key, or its own name. */
export function subjectOf(args: readonly Buffer[]): { key: Buffer } | { command: string } {
  const [name] = args;
  if (name?.toString('latin1').toUpperCase() === 'FUNCTION' && args.length > 2)
    return { key: libraryName(args.at(-1) as Buffer) };
  const key = args[keyPositions(args, commandOf(args))[0] ?? -1];
  return key ? { key } : { command: safeText(String(name)) };
}
