import { FerryError, Secret } from '@cacheferry/kernel';
import * as z from 'zod/mini';

const password = z.optional(z.string().check(z.minLength(1), z.maxLength(16_384)));

const Environment = z.object({
  FERRY_SOURCE_PASSWORD: password,
  FERRY_TARGET_PASSWORD: password,
  FERRY_FILE_ROOTS: z.optional(z.string().check(z.maxLength(65_536))),
});

/** What the command takes from its environment. */
export type Config = {
  sourcePassword: Secret | null;
  targetPassword: Secret | null;
  /** Folders that file endpoints and reports may name; null: any. */
  fileRoots: string[] | null;
};

/** Reads the environment. Throws `config.invalid` that names every wrong variable. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(set);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))];
    throw new FerryError('config.invalid', { problem: `${names.join(', ')} cannot be used` });
  }
  const { FERRY_SOURCE_PASSWORD: source, FERRY_TARGET_PASSWORD: target, FERRY_FILE_ROOTS: roots } = parsed.data;
  return {
    sourcePassword: source === undefined ? null : new Secret(source),
    targetPassword: target === undefined ? null : new Secret(target),
    fileRoots: roots === undefined ? null : roots.split(/[:,]/).filter((root) => root !== ''),
  };
}
