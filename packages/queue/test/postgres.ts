import fs from 'node:fs';
import path from 'node:path';
import { endProcess, removeDir, root, startProcess, tempDir, waitFor } from '@cacheferry/testkit';

/** A PostgreSQL in a folder of its own, held by another process, as the product starts it. */
export async function startPostgres(): Promise<{ url: string; pid: number; stop: () => Promise<void> }> {
  const dir = tempDir('postgres');
  fs.chmodSync(dir, 0o755);
  const program = path.join(root, 'packages/db/test/holder.ts');
  const child = startProcess(process.execPath, ['--import', 'tsx', program, path.join(dir, 'db')], {
    cwd: path.join(root, 'packages/db'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout?.on('data', (bytes) => (said += bytes));
  await waitFor(() => said.includes('\n'), { deadlineMs: 60_000, what: 'PostgreSQL' });
  const { url, pid } = JSON.parse(said) as { url: string; pid: number };
  const stop = async () => {
    await endProcess(child);
    removeDir(dir);
  };
  return { url, pid, stop };
}
