import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { bundleFerry, runFerry } from '@cacheferry/testkit';
import { expect, test } from 'vitest';

/** Runs in a pipe that is nearly full already and read a second later only. */
const script = `{ head -c 65500 /dev/zero | tr '\\0' '\\n'; "$0" "$@"; } | { sleep 1; cat; }`;

test.each([
  ['what a command prints', ['migrate', '--help'], 'stdout'],
  ['the error that ends it', ['no-such-command'], 'stderr'],
] as const)('%s arrives whole at a slow reader', async (_, args, stream) => {
  const whole = (await runFerry(args))[stream];
  const redirect = stream === 'stderr' ? `${script.replace('"$@";', '"$@" 2>&1;')}` : script;
  const { stdout } = await promisify(execFile)('sh', ['-c', redirect, process.execPath, await bundleFerry(), ...args]);
  expect(stdout.trim()).toBe(whole.trim());
});
