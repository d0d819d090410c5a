const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

/** Whether an address to listen on can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return loopbackNames.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** The name in a Host header or an origin, without its port; in lower case. */
export function nameOf(hostHeader: string): string {
  return hostHeader.trim().toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
}

/**
 * Decides under which names the server answers. A server on loopback knows its callers to be on this machine, so a
 * request under another name comes from a page that had its name pointed here; on other addresses only a list of
 * names, where one is given, is enforced.
 */
export function createHostGuard(listen: { host: string; allowedHosts: readonly string[] }): (host: string) => boolean {
  const allowed = new Set(listen.allowedHosts.map(nameOf));
  const isOpen = !isLoopback(listen.host) && allowed.size === 0;
  return (host) => {
    const name = nameOf(host);
    if (isOpen) return name !== '';
    return loopbackNames.has(name) || name.endsWith('.localhost') || allowed.has(name) || isOwnAddress(name, listen);
  };
}

/** An address cannot be pointed elsewhere as a name can: it is fine where the server listens beyond loopback. */
function isOwnAddress(name: string, { host }: { host: string }): boolean {
  return (
    name === host.toLowerCase() || (!isLoopback(host) && (/^\d+\.\d+\.\d+\.\d+$/.test(name) || name.startsWith('[')))
  );
}
