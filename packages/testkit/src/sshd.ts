import { type ChildProcess, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { atExit } from './at-exit.ts';
import { track, untrack } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { endProcess, hasEnded, startProcess } from './processes.ts';
import { removeDir, tempDir } from './temp-dir.ts';
import { Hopeless, waitFor } from './wait-for.ts';

export type SshdOptions = {
  /** Whether the sftp subsystem exists; default yes. */
  sftp?: boolean;
  /** Further lines of sshd_config, read before the ones given here (the first value of a setting wins). */
  config?: readonly string[];
  /** Makes a system user with a password (root only); it is removed by `stop`. */
  passwordUser?: boolean;
};

/** Whether tests that log in by password can run: they make a system user. */
export function canMakeUsers(): boolean {
  return process.getuid?.() === 0 && fs.existsSync('/usr/sbin/useradd');
}

/** Whether an SSH server is installed. */
export function hasSshd(): boolean {
  return fs.existsSync('/usr/sbin/sshd');
}

/** Starts an SSH server on a free port of loopback with host key, login keys and folder of its own. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const server = new Sshd(await freePort(), options);
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return track(server);
}

export class Sshd {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly dir: string;
  /** Private keys that may log in, as OpenSSH text. */
  readonly privateKey: string;
  readonly encryptedKey: string;
  readonly passphrase = 'open sesame';
  /** Who logs in with the keys. */
  readonly username: string;
  readonly passwordUser: { username: string; password: string } | undefined;
  readonly #options: SshdOptions;
  #child: ChildProcess | undefined;

  constructor(port: number, options: SshdOptions) {
    this.port = port;
    this.#options = options;
    this.dir = tempDir(`sshd-${port}`);
    fs.chmodSync(this.dir, 0o755);
    this.username = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
    const plain = this.#makeKey('login', '');
    const locked = this.#makeKey('login-locked', this.passphrase);
    this.privateKey = fs.readFileSync(plain, 'utf8');
    this.encryptedKey = fs.readFileSync(locked, 'utf8');
    const keys = [plain, locked].map((file) => fs.readFileSync(`${file}.pub`, 'utf8')).join('');
    fs.writeFileSync(path.join(this.dir, 'authorized_keys'), keys);
    this.#makeKey('host', '');
    this.passwordUser = options.passwordUser ? makeUser(`ferrytest${port}`) : undefined;
  }

  /** The host key's fingerprint as `ssh-keygen -l` prints it: `SHA256:…`. */
  get fingerprint(): string {
    const line = execFileSync('ssh-keygen', ['-lf', path.join(this.dir, 'host.pub')], { encoding: 'utf8' });
    return line.split(' ')[1] ?? '';
  }

  /** What the server logged. */
  log(): string {
    return fs.readFileSync(path.join(this.dir, 'sshd.log'), 'utf8');
  }

  async start(): Promise<void> {
    if (process.getuid?.() === 0) fs.mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const config = path.join(this.dir, 'sshd_config');
    fs.writeFileSync(config, `${this.#configLines().join('\n')}\n`);
    const log = fs.openSync(path.join(this.dir, 'sshd.log'), 'a');
    const child = startProcess('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: ['ignore', log, log] });
    fs.closeSync(log);
    this.#child = child;
    await waitFor(
      () => {
        if (hasEnded(child)) throw new Hopeless(`sshd ended: ${this.log()}`);
        return accepts(this.host, this.port);
      },
      { what: `sshd at port ${this.port}` },
    );
  }

  /** Gives the server another host key; sessions that are open stay. */
  async changeHostKey(): Promise<void> {
    if (this.#child) await endProcess(this.#child);
    for (const file of ['host', 'host.pub']) fs.rmSync(path.join(this.dir, file));
    this.#makeKey('host', '');
    await this.start();
  }

  /** Signals the processes of open sessions, not what was started in them: SIGKILL cuts, SIGSTOP freezes them. */
  signalSessions(signal: NodeJS.Signals): void {
    for (const pid of sessionPids(this.#child?.pid)) signalProcess(pid, signal);
  }

  /** Ends the server and its sessions; what was started in them detached goes on. */
  async stop(): Promise<void> {
    const sessions = sessionPids(this.#child?.pid);
    if (this.#child) await endProcess(this.#child, 'SIGKILL');
    for (const pid of sessions) signalProcess(pid, 'SIGKILL');
    if (this.passwordUser) removeUser(this.passwordUser.username);
    removeDir(this.dir);
    untrack(this);
  }

  #makeKey(name: string, passphrase: string): string {
    const file = path.join(this.dir, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-C', name, '-N', passphrase, '-f', file]);
    return file;
  }

  #configLines(): string[] {
    return [
      ...(this.#options.config ?? []),
      `Port ${this.port}`,
      `ListenAddress ${this.host}`,
      `HostKey ${path.join(this.dir, 'host')}`,
      `AuthorizedKeysFile ${path.join(this.dir, 'authorized_keys')}`,
      'PasswordAuthentication yes',
      'PermitRootLogin yes',
      'StrictModes no',
      'UsePAM no',
      'PidFile none',
      ...(this.#options.sftp === false ? [] : ['Subsystem sftp internal-sftp']),
    ];
  }
}

function makeUser(username: string) {
  if (!canMakeUsers()) throw new Error('only root can make a user for password logins');
  const password = 's3cret, pässword!';
  execFileSync('/usr/sbin/useradd', ['-m', '-s', '/bin/sh', username], { stdio: 'ignore' });
  execFileSync('/usr/sbin/chpasswd', { input: `${username}:${password}\n` });
  atExit(() => removeUser(username));
  return { username, password };
}

function removeUser(username: string): void {
  try {
    execFileSync('/usr/sbin/userdel', ['-f', '-r', username], { stdio: 'ignore' });
  } catch (error) {
    // 6: the user is gone already; 12: there was no mail box to remove.
    const status = error instanceof Error && 'status' in error ? error.status : undefined;
    if (status !== 6 && status !== 12) throw error;
  }
}

function sessionPids(server: number | undefined): number[] {
  if (server === undefined) return [];
  return childrenOf(server).flatMap((pid) => [...childrenOf(pid).filter(isSshd), pid]);
}

function childrenOf(pid: number): number[] {
  try {
    return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function isSshd(pid: number): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('sshd');
  } catch {
    return false;
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, host);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
