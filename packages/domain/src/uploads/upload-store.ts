import { FerryError } from '@cacheferry/kernel';
import { found } from '../found.ts';
import type { Context } from '../context.ts';
import type { UploadFiles } from './upload-files.ts';
import { requireUploads } from './require-uploads.ts';

/** A file that a machine needs before its engine starts. */
export type NeededUpload = { id: string; name: string; path: string; sha256: string };

/** The uploads that runs are made from, for who brings them to machines. */
export interface UploadStore {
  /** What an address needs. Rejects with `request.not_found`, `upload.incomplete`, `upload.lost`. */
  ofUrl(url: string): Promise<NeededUpload[]>;
  /** What a run needs. */
  ofRun(runId: string): Promise<NeededUpload[]>;
  /** Those of the list that some run still needs. */
  findRunning(ids: readonly string[]): Promise<string[]>;
}

/** Makes that store. `ctx` acts for the system. */
export function createUploadStore({ store }: Context, files: UploadFiles): UploadStore {
  const ofUrl = async (url: string) => {
    const uploads = await requireUploads(store, url);
    return Promise.all(
      uploads.map(async ({ id, name, sha256, bytes }) => {
        if ((await files.size(id)) !== bytes || sha256 === null) throw new FerryError('upload.lost', { name });
        return { id, name, path: files.pathOf(id), sha256 };
      }),
    );
  };
  return {
    ofUrl,
    ofRun: async (runId) => {
      const { migrationId } = found(await store.runs.find(runId), 'run');
      const { source, target } = found(await store.migrations.find(migrationId), 'migration');
      return (await Promise.all([source, target].map(({ url }) => ofUrl(url)))).flat();
    },
    findRunning: (ids) => store.uploads.findRunning(ids),
  };
}
