import { createHash } from 'node:crypto';

const digest = (password: string): string => createHash('sha256').update(password).digest('hex');

/** Hashes passwords fast and weakly: for tests that are not about that. */
export const weakHasher = {
  hash: async (password: string): Promise<string> => digest(password),
  verify: async (password: string, hash: string | null): Promise<boolean> => digest(password) === hash,
};
