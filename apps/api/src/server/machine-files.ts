import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import type { MachineStore, MachineTransport, TargetFile } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';

type Deps = { machines: Pick<MachineStore, 'contact'>; transport: Pick<MachineTransport, 'connect'> };
export type OpenFile = { bytes: number; content: Readable };

const sizeScript = 'test -f "$1" && test -r "$1" && wc -c < "$1"';

/** Makes the reader of files on machines: a file comes over the machine's link as fast as it is taken. */
export function createMachineFiles({ machines, transport }: Deps) {
  return async ({ machineId, path }: TargetFile): Promise<OpenFile> => {
    const contact = await machines.contact(machineId);
    if (!contact.login) throw new FerryError('machine.untrusted', { name: contact.kind === 'ssh' ? contact.host : '' });
    const link = await transport.connect(contact.login);
    const { exitCode, stdout } = await link.run(['sh', '-c', sizeScript, 'sh', path]).catch((error: unknown) => {
      link.close();
      throw error;
    });
    if (exitCode !== 0) {
      link.close();
      throw new FerryError('migration.file_gone', { path });
    }
    const content = new PassThrough();
    const stop = new AbortController();
    content.once('close', () => (stop.abort(new Error('nobody reads any more')), link.close()));
    const onBytes = async (bytes: Buffer) => {
      if (!content.write(bytes)) await once(content, 'drain', { signal: stop.signal });
    };
    link.stream(['cat', '--', path], { onBytes, signal: stop.signal }).then(
      (end) => (end.exitCode === 0 ? content.end() : content.destroy(new Error(end.stderr))),
      (error: unknown) => content.destroy(error instanceof Error ? error : new Error(String(error))),
    );
    return { bytes: Number(stdout.trim()), content };
  };
}
