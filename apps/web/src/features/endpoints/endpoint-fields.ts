import { type Address, type AddressSecrets, emptyAddress, noSecrets } from './address/address.ts';
import { type AddressFault, addressFaults } from './address/address-faults.ts';
import { addressFromUrl, typedSecrets, urlOf } from './address/address-url.ts';

export type EndpointFields = { name: string; address: Address; secrets: AddressSecrets };
export type EndpointFault = AddressFault | { field: 'name'; reason: 'missing'; line?: string };

/** The fields of an endpoint that is saved, or of a new one. Secrets are not known to the page. */
export function endpointFields(saved?: { name: string; url: string }): EndpointFields {
  const address = saved ? addressFromUrl(saved.url).address : emptyAddress;
  return { name: saved?.name ?? '', address, secrets: noSecrets };
}

/** What is wrong with the fields, in their order. */
export function endpointFaults({ name, address }: EndpointFields): EndpointFault[] {
  const faults = addressFaults(address);
  return name.trim() === '' ? [{ field: 'name', reason: 'missing' }, ...faults] : faults;
}

/** The endpoint as the API takes it, of fields without a fault. A secret that was not typed is not named. */
export function endpointInput({ name, address, secrets }: EndpointFields) {
  return { name: name.trim(), url: urlOf(address) ?? '', ...typedSecrets(address, secrets) };
}
