import { afterAll, describe, expect, test } from 'vitest';
import { machineEnvironment } from '../src/index.ts';
import { testTransport, withCode } from './helpers.ts';
import { linkContract } from './link-contract.ts';

const transport = testTransport();
const connect = () => transport.connect({ kind: 'local', machineId: 'local', workDir: '/tmp' });
afterAll(() => transport.close());

describe('this machine', () => {
  linkContract(connect);
});

test('a program that is not there is named', async () => {
  const link = await connect();
  await expect(link.run(['no-such-program'])).rejects.toEqual(
    withCode('machine.command_failed', { program: 'no-such-program', exitCode: 127, detail: 'ENOENT' }),
  );
  link.close();
});

test('programs see nothing of the control plane’s environment', async () => {
  expect(
    machineEnvironment({ PATH: '/bin', FERRY_SECRET_KEY: 'x', DATABASE_URL: 'y', FERRY_ADMIN_PASSWORD: 'z' }),
  ).toEqual({
    PATH: '/bin',
  });
});
