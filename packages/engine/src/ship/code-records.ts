import type { Batch } from '../write/batch.ts';
import type { EntryStageOptions } from './entry-stage-options.ts';
import { libraryName } from './library-name.ts';

type Options = Pick<EntryStageOptions, 'hasFunctions' | 'form' | 'onLost'>;

/** Writes code that travels with the data: libraries of functions, and scripts that sources before 7.0 keep for replicas. */
export const codeRecords = {
  library(batch: Batch, source: Buffer, mark: number, { hasFunctions, form, onLost }: Options): void {
    if (!hasFunctions) {
      const detail = 'the target is older than 7.0';
      return onLost({ class: 'function', count: 1, db: 0, key: libraryName(source), type: -1, detail });
    }
    batch.element(mark);
    batch.out.command('FUNCTION', 'LOAD', ...(form.replace ? ['REPLACE'] : []), source);
  },

  oldFunction(name: Buffer, { onLost }: Options): void {
    const detail = 'it was written by a release candidate of 7.0';
    onLost({ class: 'function', count: 1, db: 0, key: name, type: -1, detail });
  },

  script(batch: Batch, body: Buffer, mark: number): void {
    batch.element(mark);
    batch.out.command('SCRIPT', 'LOAD', body);
  },
};
