import { type Database, type EmbeddedOptions, startEmbedded } from './embedded-postgres.ts';
import { checkServer } from './external-postgres.ts';

/** Opens the database that the environment names, after a look at its version; without a name, the embedded one. */
export async function openDatabase(
  environment: { DATABASE_URL?: string | undefined },
  options: EmbeddedOptions,
): Promise<Database> {
  const url = environment.DATABASE_URL;
  if (!url) return startEmbedded(options);
  await checkServer(url);
  return { url, stop: async () => {} };
}
