export type { ForeignJob } from './foreign-file.ts';
export { readForeignFile } from './read-foreign-file.ts';
