export type { CommandSpec, KeyAccess, KeyRule } from './command-spec.ts';
export type { CommandName } from './command-table.ts';
export { type CrossSlotHandling, crossSlotHandling } from './cross-slot.ts';
export { fromCommandInfo } from './from-command-info.ts';
export { canBeAbsolute, isAbsolute } from './is-absolute.ts';
export { isWrite } from './is-write.ts';
export { keyPositions, writtenKeyPositions } from './key-positions.ts';
export { commandOf, learnCommand, lookupCommand } from './lookup.ts';
