import type { MachineLogin } from '@cacheferry/domain';
import { type RemoteLink, programLink } from './remote-link.ts';
import { hostLabel, openSshConnection, type SshSettings } from './ssh-connection.ts';
import { SshSessions } from './ssh-sessions.ts';
import { sshUpload } from './ssh-upload.ts';

/** A machine over SSH: lives as long as its first connection. */
export async function openSshLink(
  login: MachineLogin & { kind: 'ssh' },
  settings: SshSettings,
  signal?: AbortSignal,
): Promise<RemoteLink> {
  const host = hostLabel(login.host, login.port);
  const first = await openSshConnection(login, settings, signal);
  const sessions = new SshSessions(host, settings, first, (stop) => openSshConnection(login, settings, stop));
  return programLink({
    host,
    open: sessions.open.bind(sessions),
    closed: first.closed,
    upload: sshUpload(sessions, host),
    close: () => sessions.close(),
  });
}
