import { FerryError } from '@cacheferry/kernel';
import { formatHosts, type HostPort, readHosts } from './host-port.ts';

/** An address that a cluster announces, and the one where it is reached from here; without ports: whatever the port. */
export type AddressPair = { announced: HostPort; reached: HostPort; hasPorts: boolean };

const anyPort = 1;
const hasPort = (text: string): boolean => /:\d+$/.test(text) && !text.endsWith(']');

/** Reads `announced=reached,…`, each `host:port`, or each a host alone. Throws `endpoint.invalid`. */
export function readAddressMap(text: string): AddressPair[] {
  return text.split(',').map((pair) => {
    const [from = '', to = '', ...more] = pair.split('=');
    if (from === '' || to === '' || more.length > 0 || hasPort(from) !== hasPort(to))
      throw new FerryError('endpoint.invalid', {
        problem: 'addressMap= is not a list of announced=reached, both with a port or both without',
        example: 'redis+cluster://203.0.113.9:7000?addressMap=10.0.0.5:7000=203.0.113.9:7000',
      });
    const [announced, reached] = readHosts(`${from},${to}`, anyPort) as [HostPort, HostPort];
    return { announced, reached, hasPorts: hasPort(from) };
  });
}

/** What `readAddressMap` reads. */
export function formatAddressMap(pairs: readonly AddressPair[]): string {
  const write = (place: HostPort, hasPorts: boolean): string => {
    const whole = formatHosts([place]);
    return hasPorts ? whole : whole.slice(0, whole.lastIndexOf(':'));
  };
  return pairs
    .map(({ announced, reached, hasPorts }) => `${write(announced, hasPorts)}=${write(reached, hasPorts)}`)
    .join(',');
}

/** Where an announced address is reached. */
export function mapAddress(pairs: readonly AddressPair[], { host, port }: HostPort): HostPort {
  const found = pairs.find(
    ({ announced, hasPorts }) => announced.host === host && (!hasPorts || announced.port === port),
  );
  if (!found) return { host, port };
  return found.hasPorts ? found.reached : { host: found.reached.host, port };
}
