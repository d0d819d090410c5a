import { FerryError } from '@cacheferry/kernel';
import { type ForeignJob, serverEnd, usableRules } from './foreign-file.ts';
import type { Settings } from './settings.ts';

/** redis-migrate-tool's rmt.conf. */
export function fromRmtConf(settings: Settings): ForeignJob {
  const source = endOf(settings, 'source');
  const isFile = /^(rdb|aof):/.test(source.url);
  const filter = settings.text('common.filter');
  const listen = settings.text('common.listen');
  if (listen !== '') settings.note('status_port', 'common.listen', { port: listen.split(':').at(-1) ?? '' });
  if (settings.isOn('common.noreply')) settings.note('replies', 'common.noreply');
  settings.text('common.noreply');
  return {
    source,
    target: endOf(settings, 'target'),
    mode: isFile ? 'full' : 'sync',
    // It writes over what is there.
    options: {
      onConflict: 'overwrite',
      filter: filter === '' ? [] : usableRules(settings, 'common.filter', [`key:${filter}`]),
    },
  };
}

function endOf(settings: Settings, side: 'source' | 'target'): ForeignJob['source'] {
  const type = settings.text(`${side}.type`).toLowerCase();
  const servers = settings.list(`${side}.servers`);
  const [first] = servers;
  if (first === undefined) throw new FerryError('import.unreadable', { problem: `[${side}] names no servers` });
  const login = { user: '', password: settings.text(`${side}.redis_auth`), isTls: false };
  switch (type) {
    case 'redis cluster':
      return serverEnd('cluster', { addresses: servers, ...login });
    case 'rdb file':
      return { url: `rdb:${servers.join(',')}` };
    case 'aof file':
      return { url: `aof:${onlyFirst(settings, side, servers)}` };
    case 'twemproxy':
      return twemproxy(settings, side, servers, login.password);
    case 'single':
      return serverEnd('standalone', { addresses: [onlyFirst(settings, side, servers)], ...login });
    default:
      throw new FerryError('import.unreadable', { problem: `[${side}] has the unknown type ${type || '(none)'}` });
  }
}

function onlyFirst(settings: Settings, side: string, [first = '', ...others]: readonly string[]): string {
  for (const other of others) settings.note('own_job', `${side}.servers`, { server: other });
  return first;
}

/** The pool goes into a file as twemproxy has it, which has to be written. */
function twemproxy(
  settings: Settings,
  side: string,
  servers: readonly string[],
  password: string,
): ForeignJob['source'] {
  const file = `nutcracker-${side}.yml`;
  const set = ['hash', 'hash_tag', 'distribution'].map((name) => [name, settings.text(`${side}.${name}`)] as const);
  const weighted = servers.map((server) => (/:\d+:\d+/.test(server) ? server : `${server}:1`));
  const lines = [
    `${side}:`,
    '  redis: true',
    ...set
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `  ${name}: ${name === 'hash_tag' ? JSON.stringify(value) : value}`),
    ...(password === '' ? [] : ['  redis_auth: [secret]']),
    '  servers:',
    ...weighted.map((server) => `   - ${server}`),
  ];
  settings.note('pool_file', `${side}.servers`, { file, text: lines.join('\n') });
  return { url: `twemproxy:${file}?pool=${side}` };
}
