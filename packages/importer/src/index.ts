export type { ForeignJob } from './foreign-file.ts';
export { type ImportNote, type NoteCode, noteText, noteTexts } from './note.ts';
export { readForeignFile } from './read-foreign-file.ts';
export { type Distribution, type HashName, type Pool, type PoolServer } from './twemproxy/pool.ts';
export { readPools, withoutPasswords } from './twemproxy/read-pools.ts';
