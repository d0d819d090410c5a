import { formatEndpointUrl, parseEndpointUrl, splitSecrets } from '@cacheferry/contract';

export type EndpointFields = { name: string; url: string; password: string };
export type EndpointFault = { field: 'name' | 'url'; cause?: unknown };

/** What is wrong with the fields; `cause` says more about an address. */
export function endpointFault({ name, url }: EndpointFields): EndpointFault | undefined {
  if (name.trim() === '') return { field: 'name' };
  if (url.trim() === '') return { field: 'url' };
  try {
    parseEndpointUrl(url.trim());
    return undefined;
  } catch (cause) {
    return { field: 'url', cause };
  }
}

/** Moves a password out of the address into its own field, where it is not shown. */
export function takePassword(fields: EndpointFields): EndpointFields {
  try {
    const { endpoint, secrets } = splitSecrets(parseEndpointUrl(fields.url.trim()));
    if (secrets.password === undefined) return fields;
    return { ...fields, url: formatEndpointUrl(endpoint), password: secrets.password };
  } catch {
    // Not yet an address: nothing to take out.
    return fields;
  }
}
