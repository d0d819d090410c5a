// Two commands started at once on one tree take turns in setting it up.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './run.mjs';

const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
const file = path.join(os.tmpdir(), `cacheferry-setup-${name}.lock`);

/** Runs the work while no other process does so on this tree; a lock whose owner is dead is nobody's. */
export function withSetupLock(work) {
  while (!take()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  const leave = () => fs.rmSync(file, { force: true });
  process.on('exit', leave);
  try {
    return work();
  } finally {
    process.off('exit', leave);
    leave();
  }
}

function take() {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!isOwned()) fs.rmSync(file, { force: true });
    return false;
  }
}

/** A lock that is just being written is empty for a moment. */
function isOwned() {
  try {
    const owner = Number(fs.readFileSync(file, 'utf8'));
    if (owner === 0) return Date.now() - fs.statSync(file).mtimeMs < 5_000;
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
