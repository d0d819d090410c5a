import { type Host, must } from './host-command.ts';

export type FoundNode = { path: string; version: string };

// A non-interactive SSH session often lacks what a profile adds to PATH, so the usual places are looked at too.
const script = [
  'own=$(command -v node); alt=$(command -v nodejs)',
  'login=$(sh -lc "command -v node" </dev/null 2>/dev/null | tail -n 1)',
  'for n in "$1"/node/*/node "$own" "$alt" "$login" /usr/local/bin/node /usr/bin/node \\',
  '  "$HOME"/.nvm/versions/node/*/bin/node "$HOME"/.volta/bin/node "$HOME"/.local/bin/node; do',
  '  case "$n" in /*) ;; *) continue ;; esac',
  '  [ -x "$n" ] && v=$("$n" --version </dev/null 2>/dev/null) && printf "%s %s\\n" "$v" "$n"',
  'done',
  'exit 0',
].join('\n');

/** Every Node of a machine, each path once, in the order in which they should be tried. */
export async function findNodes(host: Host, workDir: string, signal?: AbortSignal): Promise<FoundNode[]> {
  const options = { path: workDir, ...(signal ? { signal } : {}) };
  const text = await must(host, ['sh', '-c', script, 'sh', workDir], options);
  const found = text.split('\n').flatMap((line) => {
    const [, version, path] = /^v(\d+\.\d+\.\d+)\S* (\/.+)$/.exec(line) ?? [];
    return version !== undefined && path !== undefined ? [{ version, path }] : [];
  });
  return found.filter(({ path }, index) => found.findIndex((other) => other.path === path) === index);
}

/** Whether the engine runs on this version: 20.19 or newer. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 19);
}
