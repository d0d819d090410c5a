import { expect } from 'vitest';
import type { MachineLogin } from '@cacheferry/domain';
import { Secret } from '@cacheferry/kernel';
import type { Sshd } from '@cacheferry/testkit';
import { createTransport, machineEnvironment, type TransportOptions } from '../src/index.ts';

type SshLogin = MachineLogin & { kind: 'ssh' };

/** A transport with short times, and its end. */
export function testTransport(options: Partial<TransportOptions> = {}) {
  return createTransport({
    environment: machineEnvironment(process.env),
    agentSocket: null,
    connectTimeoutMs: 5_000,
    lingerMs: 0,
    ...options,
  });
}

/** A login at a test server, by its plain key unless said otherwise. */
export function loginAt(server: Sshd, change: Partial<SshLogin> = {}): SshLogin {
  return {
    kind: 'ssh',
    machineId: `machine-${server.port}`,
    host: server.host,
    port: server.port,
    username: server.username,
    auth: { kind: 'key', privateKey: new Secret(server.privateKey), passphrase: null },
    hostKey: { type: 'ssh-ed25519', fingerprint: server.fingerprint },
    workDir: null,
    ...change,
  };
}

export const withCode = (code: string, facts: Record<string, unknown> = {}) =>
  expect.objectContaining({ code, facts: expect.objectContaining(facts) });
