import { FerryError } from '@cacheferry/kernel';
import { type ForeignJob, policies, prefixRule, serverEnd, usableRules } from './foreign-file.ts';
import type { Settings } from './settings.ts';

/** RedisShake's redis-shake.conf (v1, v2): `name = value` lines. */
export function fromShakeConf(settings: Settings): ForeignJob {
  const files = settings.list('source.rdb.input');
  const isFile = !settings.says('source.address') && files.length > 0;
  settings.text('source.auth_type');
  settings.text('target.auth_type');
  settings.text('conf.version');
  return {
    source: isFile ? { url: `rdb:${files.join(',')}` } : endOf(settings, 'source'),
    target: endOf(settings, 'target'),
    mode: isFile ? 'full' : 'sync',
    options: {
      ...optionsOf(settings),
      filter: rulesOf(settings, 'whitelist'),
      exclude: rulesOf(settings, 'blacklist'),
    },
  };
}

function endOf(settings: Settings, side: 'source' | 'target'): ForeignJob['source'] {
  const type = settings.text(`${side}.type`) || 'standalone';
  const login = {
    user: '',
    password: settings.text(`${side}.password_raw`),
    isTls: settings.isOn(`${side}.tls_enable`),
  };
  const [before, behind] = splitAt(settings.list(`${side}.address`).join(';'));
  const addresses = behind.split(';').filter(Boolean);
  if (addresses.length === 0) throw new FerryError('import.unreadable', { problem: `${side}.address is missing` });
  if (type === 'sentinel') return serverEnd({ master: before.split(':')[0] ?? '' }, { addresses, ...login });
  if (type === 'cluster') return serverEnd('cluster', { addresses, ...login });
  if (type === 'proxy') settings.note('proxy', `${side}.type`);
  for (const other of addresses.slice(1)) settings.note('own_job', `${side}.address`, { server: other });
  return serverEnd('standalone', { addresses, ...login });
}

/** `name@addresses`, or addresses only. */
function splitAt(text: string): [string, string] {
  const at = text.lastIndexOf('@');
  return at < 0 ? ['', text] : [text.slice(0, at), text.slice(at + 1)];
}

function optionsOf(settings: Settings): ForeignJob['options'] {
  const exists = settings.text('key_exists');
  const policy = policies[exists] ?? (settings.isOn('rewrite') ? 'overwrite' : 'fail');
  const db = settings.text('target.db');
  const map = settings.list('target.dbmap').map((pair) => pair.replace('-', ':'));
  const toOne = /^\d+$/.test(db) ? [`*:${db}`] : [];
  const rate = Number(settings.text('qps') || 0);
  // The old default that means: no limit worth the name.
  const rateKeys = rate >= 200_000 ? 0 : rate;
  return { onConflict: policy, dbMap: map.length > 0 ? map : toOne, rateKeys };
}

function rulesOf(settings: Settings, list: 'whitelist' | 'blacklist'): string[] {
  const isAllowed = list === 'whitelist';
  const items = (name: string) => [
    ...settings.list(`filter.${name}.${list}`),
    ...(isAllowed ? settings.list(`filter.${name}`) : []),
  ];
  const rules = [
    ...items('key').map(prefixRule),
    ...items('db').map((db) => `db:${db}`),
    ...items('command').map((command) => `cmd:${command}`),
  ];
  if (!isAllowed && settings.isOn('filter.lua')) rules.push('cmd:@scripting');
  return usableRules(settings, `filter.*.${list}`, rules);
}
