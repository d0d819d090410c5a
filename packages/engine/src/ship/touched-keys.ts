import { commandOf, crossSlotHandling, keyPositions, writtenKeyPositions } from '@cacheferry/commands';
import { databaseNamed } from '../snapshot-keys/key-use.ts';

/** The keys that a command of the stream may have changed, by database and name on the source. */
export type Touched = {
  keys: { db: number; key: Buffer }[];
  /** It is a script: it may have changed more than the keys that it names. */
  isScript: boolean;
};

/** `null` when they cannot be told: an unknown command, a script that names none. */
export function touchedKeys(argv: readonly Buffer[], db: number): Touched | null {
  const command = commandOf(argv);
  if (!command) return null;
  const isScript = crossSlotHandling(argv, command) === 'script';
  const positions = command.isWrite && !isScript ? writtenKeyPositions(argv, command) : keyPositions(argv, command);
  if (isScript && positions.length === 0) return null;
  const keys = positions.map((at) => ({ db, key: argv[at] as Buffer }));
  const other = databaseNamed(command.name, argv);
  if (other !== null) keys.push({ db: other, key: argv[command.name === 'move' ? 1 : 2] as Buffer });
  return { keys, isScript };
}
