import type { EndpointRef, JobEndpoint, Problem } from '@cacheferry/contract';
import { parseEndpointUrl } from '@cacheferry/contract';
import {
  type Context,
  getEndpoint,
  type MachineLink,
  type MachineLogin,
  type MachineStore,
  type MachineTools,
  type MachineTransport,
  revealEndpoint,
  type UploadStore,
} from '@cacheferry/domain';
import { FerryError, isErrorCode, toFerryError } from '@cacheferry/kernel';
import { toProblem } from '../http/problem.ts';

export type AskDeps = {
  machines: MachineStore;
  transport: MachineTransport;
  tools: MachineTools;
  uploads: UploadStore;
  system: Context;
};

type Asked = { link: MachineLink; login: MachineLogin; command: readonly string[]; workDir: string };

/** Connects to a machine, has the engine there, and asks it something. Throws `machine.*`. */
export async function askMachine<T>(
  { machines, transport, tools }: AskDeps,
  machineId: string,
  signal: AbortSignal,
  ask: (asked: Asked) => Promise<T>,
): Promise<T> {
  const contact = await machines.contact(machineId);
  if (!contact.login) throw new FerryError('machine.untrusted', { name: contact.kind === 'ssh' ? contact.host : '' });
  const link = await transport.connect(contact.login, signal);
  try {
    const { command, workDir } = await tools.install(link, contact.login, { signal });
    return await ask({ link, login: contact.login, command, workDir });
  } finally {
    link.close();
  }
}

/** An end with its secrets, for a machine only. Throws for one that the caller may not see. */
export async function revealEnd({ system }: AskDeps, ctx: Context, ref: EndpointRef): Promise<JobEndpoint> {
  if ('endpointId' in ref) {
    await getEndpoint(ctx, ref.endpointId);
    return revealEndpoint(system, ref.endpointId);
  }
  parseEndpointUrl(ref.url);
  return ref;
}

/** What a command that gave no answer said on its way out. */
export const told = (stderr: string): Problem => toProblem(toldError(stderr));

/** The same as an error. */
export function toldError(stderr: string): FerryError {
  const [, code = '', text = ''] = /^error\[([a-z]+\.[a-z_]+)\]: ([^\n]*)/m.exec(stderr) ?? [];
  const cause = new Error(text === '' ? 'the endpoint gave no answer' : text);
  return isErrorCode(code) ? new FerryError(code, {}, cause) : toFerryError(cause);
}

/** JSON, or undefined for anything else. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
