import { stat } from 'node:fs/promises';
import path from 'node:path';

/** The folder itself, or the nearest one above it that exists: it is made only when a migration starts. */
export async function existingDir(dir: string): Promise<string> {
  const whole = path.resolve(dir);
  try {
    await stat(whole);
    return whole;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const parent = path.dirname(whole);
    if (!isMissing || parent === whole) return whole;
    return existingDir(parent);
  }
}
