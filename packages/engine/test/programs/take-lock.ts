import { systemClock } from '@cacheferry/kernel';
import { acquireRunLock } from '../../src/state/run-lock.ts';

// Takes the lock of the folder in its first argument, says so, and keeps it until its input ends.
const [, , dir = ''] = process.argv;
try {
  const lock = await acquireRunLock(dir, systemClock);
  process.stdout.write(`held ${lock.epoch}\n`);
  process.stdin.resume().on('end', () => process.exit(0));
} catch (error) {
  process.stdout.write(`refused ${(error as { code?: string }).code}\n`);
  process.exit(1);
}
