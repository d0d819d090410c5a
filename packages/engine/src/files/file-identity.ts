import { createHash } from 'node:crypto';
import { classifyFileError } from '../state/file-error.ts';
import { openFile } from './open-file.ts';

const edgeBytes = 65_536;

/**
 * Names files by their sizes and what they begin and end with, so that a run that goes on can tell whether they are those
 * that it began with, wherever they lie now. Throws `host.file_failed`.
 */
export async function identityOfFiles(paths: readonly (string | Buffer)[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    const { file, size } = await openFile(path);
    try {
      const edge = Buffer.alloc(edgeBytes);
      hash.update(`${size}\n`);
      for (const at of [0, Math.max(0, size - edgeBytes)])
        hash.update(edge.subarray(0, (await file.read(edge, 0, edgeBytes, at)).bytesRead));
    } catch (error) {
      throw classifyFileError(error, String(path));
    } finally {
      await file.close();
    }
  }
  return hash.digest('hex').slice(0, 40);
}
