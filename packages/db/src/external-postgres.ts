import { FerryError } from '@cacheferry/kernel';
import pg from 'pg';

const oldest = 14;
const refusals = ['28P01', '28000', '3D000'];

/** Makes sure that a PostgreSQL answers at the address and is new enough. Throws `db.unreachable`, `db.auth_failed`, `db.too_old`. */
export async function checkServer(url: string): Promise<void> {
  const server = addressOf(url);
  const version = await readVersion(url, server);
  const major = Math.floor(version / 10_000);
  if (major < oldest) throw new FerryError('db.too_old', { server, version: major, needed: oldest });
}

/** Host and port of an address, without its user and password. */
function addressOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  return parsed?.host || parsed?.searchParams.get('host') || 'localhost';
}

async function readVersion(url: string, server: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const answer = await client.query<{ server_version_num: string }>('show server_version_num');
    return Number(answer.rows[0]?.server_version_num ?? 0);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (refusals.includes(code)) throw new FerryError('db.auth_failed', { server }, error);
    throw new FerryError('db.unreachable', { server, reason: reasonOf(error, code) }, error);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The message of node-postgres is empty where several addresses of a name were tried. */
function reasonOf(error: unknown, code: string): string {
  return (error instanceof Error && error.message) || code || 'no answer';
}
