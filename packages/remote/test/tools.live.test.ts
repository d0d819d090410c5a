import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { MachineLink, MachineLogin } from '@cacheferry/domain';
import { Secret, systemClock } from '@cacheferry/kernel';
import { canMakeUsers, removeDir, type Sshd, startSshd, stopEverything, tempDir } from '@cacheferry/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createMachineTools } from '../src/index.ts';
import { loginAt, testTransport, withCode } from './helpers.ts';

let server: Sshd;
let tools: ReturnType<typeof createMachineTools>;
let work: string;
const transport = testTransport({ lingerMs: 5_000 });
beforeAll(async () => {
  server = await startSshd({ passwordUser: canMakeUsers() });
  tools = createMachineTools({ engineFile: engineFile(), clock: systemClock });
});
afterEach(() => {
  if (work) removeDir(work);
});
afterAll(async () => {
  await transport.close();
  await stopEverything();
});

function login(change: Partial<MachineLogin & { kind: 'ssh' }> = {}): MachineLogin {
  work = tempDir("work 'dir'");
  return loginAt(server, { workDir: path.join(work, 'deep/ferry'), ...change });
}
const local = (): MachineLogin => {
  work = tempDir('work');
  return { kind: 'local', machineId: 'local', workDir: path.join(work, 'ferry') };
};

describe.each([
  ['over SSH', () => login()],
  ['on this machine', local],
])('the engine %s', (_, makeLogin) => {
  test('stands under its SHA-256, says its version, and is not put there twice', async () => {
    const at = makeLogin();
    const link = await transport.connect(at);
    const { sha256 } = await tools.engine();
    const installed = await tools.install(link, at);
    const file = path.join(at.workDir ?? '', 'engines', `ferry-${sha256}.cjs`);
    expect(installed).toMatchObject({
      sha256,
      version: '1.2.3',
      workDir: at.workDir,
      command: [expect.stringMatching(/node$/), file],
    });
    expect(execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64)).toBe(sha256);
    const before = fs.statSync(file);
    expect(before.mode & 0o777).toBe(0o700);
    expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    expect(await tools.install(link, at)).toEqual(installed);
    expect(fs.statSync(file).ino).toBe(before.ino);
    expect(fs.readdirSync(at.workDir ?? '').sort()).toEqual(['engines', 'runs']);
    link.close();
  });

  test('that somebody changed is not started, and is put right on demand', async () => {
    const at = makeLogin();
    const link = await transport.connect(at);
    const { command } = await tools.install(link, at);
    fs.appendFileSync(command[1], '// changed');
    await expect(tools.install(link, at)).rejects.toEqual(withCode('machine.engine_changed', { path: command[1] }));
    await tools.install(link, at, { replace: true });
    await tools.install(link, at);
    link.close();
  });

  test('of an earlier version is used where a run still needs it', async () => {
    const at = makeLogin();
    const link = await transport.connect(at);
    const { command } = await tools.install(link, at);
    const older = `${fs.readFileSync(command[1], 'utf8')}\n// older\n`;
    const file = path.join(work, 'older.cjs');
    fs.writeFileSync(file, older);
    const sha256 = execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64);
    expect((await tools.install(link, at, { preferSha256: sha256 })).command).toEqual(command);
    fs.copyFileSync(file, path.join(path.dirname(command[1]), `ferry-${sha256}.cjs`));
    expect((await tools.install(link, at, { preferSha256: sha256 })).sha256).toBe(sha256);
    link.close();
  });

  test('is told from one that cannot run', async () => {
    const at = makeLogin();
    const link = await transport.connect(at);
    const file = path.join(work, 'broken.cjs');
    fs.writeFileSync(file, 'throw new Error("no such module");');
    const broken = createMachineTools({ engineFile: file, clock: systemClock });
    await expect(broken.install(link, at)).rejects.toEqual(withCode('machine.engine_broken'));
    link.close();
  });

  test('finds out what the machine is and has', async () => {
    const at = makeLogin();
    const link = await transport.connect(at);
    const facts = await tools.probe(link, at);
    expect(facts).toMatchObject({
      os: process.platform,
      arch: process.arch,
      hostname: os.hostname(),
      kernel: os.release(),
      memoryTotalBytes: os.totalmem(),
      workDir: at.workDir,
      isWorkDirWritable: true,
      nodeVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
    expect(Math.abs(facts.clockOffsetMs)).toBeLessThan(2_000);
    expect(facts.diskFreeBytes).toBeLessThanOrEqual(facts.diskTotalBytes);
    expect(fs.existsSync(at.workDir ?? '')).toBe(false);
    link.close();
  });
});

test('a clock that is wrong is measured', async () => {
  const at = local();
  const link = await transport.connect(at);
  const late = { ...systemClock, now: () => systemClock.now() - 90_000 };
  const facts = await createMachineTools({ engineFile: '', clock: late }).probe(link, at);
  expect(Math.abs(facts.clockOffsetMs - 90_000)).toBeLessThan(2_000);
  link.close();
});

test('a machine without Node gets a copy of ours, which runs there', async () => {
  const at = login();
  const link = withoutNode(await transport.connect(at), '');
  const { command } = await tools.install(link, at);
  expect(command[0]).toBe(path.join(at.workDir ?? '', 'node', process.versions.node, 'node'));
  expect(execFileSync(command[0], ['-p', '6 * 7'], { encoding: 'utf8', env: {} })).toBe('42\n');
  link.close();
});

test.each([
  ['no Node and another architecture', '', 'machine.no_node'],
  ['an old Node and another architecture', 'v18.4.0 /usr/bin/node\n', 'machine.node_too_old'],
])('a machine with %s is told so before anything is copied', async (_, nodes, code) => {
  const at = login();
  const link = withoutNode(await transport.connect(at), nodes, 'Linux\nriscv64\n');
  await expect(tools.install(link, at)).rejects.toEqual(withCode(code));
  link.close();
});

test.skipIf(!canMount())('a full disk has its own code, and nothing half is left', async () => {
  const at = login();
  const dir = at.workDir ?? '';
  fs.mkdirSync(dir, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', dir]);
  try {
    const link = await transport.connect(at);
    await expect(tools.install(link, at)).rejects.toEqual(withCode('machine.no_space'));
    expect(fs.readdirSync(path.join(dir, 'engines'))).toEqual([]);
    link.close();
  } finally {
    execFileSync('umount', [dir]);
  }
});

test.skipIf(!canMakeUsers())('a work directory of somebody else has its own code', async () => {
  const { username = '', password = '' } = server.passwordUser ?? {};
  const at = login({ machineId: 'other', username, auth: { kind: 'password', password: new Secret(password) } });
  fs.chmodSync(work, 0o755);
  const link = await transport.connect(at);
  await expect(tools.install(link, at)).rejects.toEqual(withCode('machine.not_writable', { path: at.workDir }));
  expect(await tools.probe(link, at)).toMatchObject({ isWorkDirWritable: false });
  link.close();
});

test.skipIf(!canMakeUsers())('without a work directory it is .cacheferry in the home of the user', async () => {
  const { username = '', password = '' } = server.passwordUser ?? {};
  const auth = { kind: 'password' as const, password: new Secret(password) };
  const at = login({ machineId: 'home', username, auth, workDir: null });
  const link = await transport.connect(at);
  const { workDir } = await tools.install(link, at);
  expect(workDir).toBe(`/home/${username}/.cacheferry`);
  expect(fs.statSync(workDir).mode & 0o777).toBe(0o700);
  link.close();
});

/** A program that can do what is asked of an engine here: say its version. */
function engineFile(): string {
  const file = path.join(tempDir('engine'), 'ferry.cjs');
  const program = 'console.log(JSON.stringify({ version: "1.2.3", node: process.version }))';
  fs.writeFileSync(file, `${program} // ${'x'.repeat(100_000)}`);
  return file;
}

/** A machine on which only the given Nodes are found, perhaps of another platform. */
function withoutNode(link: MachineLink, nodes: string, platform?: string): MachineLink {
  const answer = (stdout: string) => Promise.resolve({ exitCode: 0, stdout, stderr: '' });
  return {
    ...link,
    run: (argv, options) => {
      if (argv[2]?.includes('nvm')) return answer(nodes);
      if (platform !== undefined && argv[2]?.includes('uname -m')) return answer(platform);
      return link.run(argv, options);
    },
  };
}

function canMount(): boolean {
  const dir = tempDir('mount');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', dir], { stdio: 'ignore' });
    execFileSync('umount', [dir]);
    return true;
  } catch {
    return false;
  } finally {
    removeDir(dir);
  }
}
