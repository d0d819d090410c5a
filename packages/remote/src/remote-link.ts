import type { MachineLink } from '@cacheferry/domain';
import type { FerryError } from '@cacheferry/kernel';
import type { OpenChannel } from './channel.ts';
import { type Upload, putFile } from './put-file.ts';
import { runProgram } from './run-program.ts';
import { streamProgram } from './stream-program.ts';

/** A link with what only this package uses of it. */
export type RemoteLink = MachineLink & {
  /** The machine's name in messages. */
  readonly host: string;
  readonly open: OpenChannel;
};

type Parts = {
  host: string;
  open: OpenChannel;
  upload: Upload;
  closed: Promise<FerryError | null>;
  close: () => void;
};

/** Makes a link of what differs between kinds of machines: how a program starts, how bytes get there. */
export function programLink({ host, open, upload, closed, close }: Parts): RemoteLink {
  const link: RemoteLink = {
    host,
    open,
    closed,
    close,
    run: (argv, options) => runProgram(open, host, argv, options),
    stream: (argv, options) => streamProgram(open, argv, options),
    put: (localFile, remoteFile, options) => putFile({ link, upload }, localFile, remoteFile, options),
  };
  return link;
}
