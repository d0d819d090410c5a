import type { NeededUpload, UploadStore } from '@cacheferry/domain';

/** Uploads that every run needs, until somebody else needs one of them still. */
export class MemoryUploads implements UploadStore {
  needed: NeededUpload[] = [];
  running: string[] = [];

  async ofUrl(): Promise<NeededUpload[]> {
    return this.needed;
  }

  async ofRun(): Promise<NeededUpload[]> {
    return this.needed;
  }

  async findRunning(): Promise<string[]> {
    return this.running;
  }
}
