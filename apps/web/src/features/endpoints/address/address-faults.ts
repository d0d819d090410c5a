import { readHosts, uploadOfPath } from '@cacheferry/contract';
import { type Address, linesOf } from './address.ts';

export type AddressField =
  | 'host'
  | 'port'
  | 'db'
  | 'hosts'
  | 'masterName'
  | 'paths'
  | 'pool'
  | 'baseUrl'
  | 'app'
  | 'cert'
  | 'key';
export type AddressFault = {
  field: AddressField;
  reason: 'missing' | 'host' | 'port' | 'db' | 'hosts' | 'pair' | 'path' | 'comma' | 'onePath' | 'baseUrl' | 'app';
  /** The line that is wrong. */
  line?: string;
};

/** What is wrong with an address, field by field. */
export function addressFaults(address: Address): AddressFault[] {
  switch (address.kind) {
    case 'standalone':
      return [...serverFaults(address), ...tlsFaults(address)];
    case 'sentinel':
      return [...hostsFaults(address), ...(address.masterName.trim() === '' ? [missing('masterName')] : [])];
    case 'cluster':
      return [...hostsFaults(address), ...tlsFaults(address)];
    case 'rdb':
    case 'aof':
    case 'twemproxy':
      return pathFaults(address);
    case 'cachecloud':
      return applicationFaults(address);
    case 'other':
      return [];
  }
}

const missing = (field: AddressField): AddressFault => ({ field, reason: 'missing' });

function serverFaults(address: Address): AddressFault[] {
  const faults: AddressFault[] = [];
  const host = address.host.trim();
  if (host === '') faults.push(missing('host'));
  else if (!isHost(host)) faults.push({ field: 'host', reason: 'host' });
  if (!isWithin(address.port, 1, 65_535)) faults.push({ field: 'port', reason: 'port' });
  if (!isWithin(address.db, 0, 999_999)) faults.push({ field: 'db', reason: 'db' });
  return faults;
}

function tlsFaults({ isTls, cert, key }: Address): AddressFault[] {
  if (!isTls || (cert.trim() === '') === (key.trim() === '')) return [];
  return [{ field: cert.trim() === '' ? 'cert' : 'key', reason: 'pair' }];
}

function hostsFaults({ hosts }: Address): AddressFault[] {
  const lines = linesOf(hosts);
  if (lines.length === 0) return [missing('hosts')];
  const line = lines.find((one) => !isHosts(one));
  return line === undefined ? [] : [{ field: 'hosts', reason: 'hosts', line }];
}

function pathFaults({ kind, paths }: Address): AddressFault[] {
  const lines = linesOf(paths);
  if (lines.length === 0) return [missing('paths')];
  if (kind !== 'rdb' && lines.length > 1) return [{ field: 'paths', reason: 'onePath' }];
  const relative = lines.find((line) => !line.startsWith('/') && uploadOfPath(line) === undefined);
  if (relative !== undefined) return [{ field: 'paths', reason: 'path', line: relative }];
  // A comma separates the files in the address.
  const split = kind === 'rdb' ? lines.find((line) => line.includes(',')) : undefined;
  return split === undefined ? [] : [{ field: 'paths', reason: 'comma', line: split }];
}

function applicationFaults({ baseUrl, app }: Address): AddressFault[] {
  const faults: AddressFault[] = [];
  if (baseUrl.trim() === '') faults.push(missing('baseUrl'));
  else if (!/^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/.test(baseUrl.trim()))
    faults.push({ field: 'baseUrl', reason: 'baseUrl' });
  if (app.trim() === '') faults.push(missing('app'));
  else if (!/^\d{1,12}$/.test(app.trim())) faults.push({ field: 'app', reason: 'app' });
  return faults;
}

function isHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return countHosts(bare.includes(':') ? `[${bare}]` : bare) === 1;
}

const isHosts = (line: string): boolean => countHosts(line) > 0;

function countHosts(text: string): number {
  try {
    return readHosts(text, 6379).length;
  } catch {
    return 0;
  }
}

const isWithin = (value: number | '', min: number, max: number): boolean =>
  value !== '' && Number.isInteger(value) && value >= min && value <= max;
