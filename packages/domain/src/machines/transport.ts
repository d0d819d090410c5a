import type { HostKey, MachineFacts } from '@cacheferry/contract';
import type { Secret } from '@cacheferry/kernel';

/** How a machine is reached. `hostKey` is the one that was confirmed; without it nothing is ever authenticated. */
export type MachineLogin =
  | { kind: 'local'; machineId: string; workDir: string }
  | {
      kind: 'ssh';
      machineId: string;
      host: string;
      port: number;
      username: string;
      auth:
        | { kind: 'password'; password: Secret }
        | { kind: 'key'; privateKey: Secret; passphrase: Secret | null }
        | { kind: 'agent' };
      hostKey: HostKey;
      workDir: string | null;
    };

export type RunOptions = { stdin?: string | Buffer; timeoutMs?: number; maxOutputBytes?: number; signal?: AbortSignal };
export type RunResult = { exitCode: number; stdout: string; stderr: string };
export type StreamOptions = {
  /** Called in order; the next bytes wait until it has resolved. */
  onBytes: (bytes: Buffer) => void | Promise<void>;
  /** Without it the program's standard input stays open until the stream ends, so that the program notices the end. */
  stdin?: string | Buffer;
  signal?: AbortSignal;
};

/** One connection to a machine; several commands may run on it side by side. Arguments are never seen by a shell unquoted. */
export interface MachineLink {
  /** Runs a program to its end. Rejects with `machine.link_lost`, `machine.timeout` or `machine.output_too_large`. */
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Runs a program and hands its standard output on as it comes; resolves when it is over, with the end of its errors. */
  stream(argv: readonly string[], options: StreamOptions): Promise<{ exitCode: number; stderr: string }>;
  /** Copies a file under a temporary name, compares its SHA-256 there, then renames it. */
  put(
    localFile: string,
    remoteFile: string,
    options: { mode: number; sha256: string; signal?: AbortSignal },
  ): Promise<void>;
  /** Resolves once the connection is gone, with the reason where it was not closed by us. */
  readonly closed: Promise<Error | null>;
  close(): void;
}

/** Reaches machines: this one by child processes, others by SSH. */
export interface MachineTransport {
  /** Reads the host key and hangs up before any credential is offered. */
  scanHostKey(host: string, port: number, signal?: AbortSignal): Promise<HostKey>;
  /** Rejects with `machine.unreachable`, `machine.host_key_changed`, `machine.auth_failed`, `machine.key_unreadable` … */
  connect(login: MachineLogin, signal?: AbortSignal): Promise<MachineLink>;
}

/** An engine that stands on a machine, checked by its SHA-256. */
export type InstalledEngine = {
  /** What a `ferry` command line starts with: Node and the engine's file. */
  command: readonly [node: string, file: string];
  sha256: string;
  version: string;
  /** Absolute. */
  workDir: string;
};
export type InstallOptions = {
  signal?: AbortSignal;
  /** An engine that may be there from before; used instead of the newest when it is whole. */
  preferSha256?: string | null;
  /** Puts the file there again whatever is there: for a user's *Install*, never for a start. */
  replace?: boolean;
};

/** What is done on a machine before an engine runs there. */
export interface MachineTools {
  /** Puts the engine (and Node, where there is none) there unless it stands already, and lets it say its version. */
  install(link: MachineLink, login: MachineLogin, options?: InstallOptions): Promise<InstalledEngine>;
  /** Reads what the machine is and has, tries to write to its work directory, measures its clock. */
  probe(link: MachineLink, login: MachineLogin, signal?: AbortSignal): Promise<MachineFacts>;
}
