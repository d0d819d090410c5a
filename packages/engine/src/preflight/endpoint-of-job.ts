import { type Endpoint, type JobEndpoint, parseEndpointUrl, withSecrets } from '@cacheferry/contract';

/** An end of a job with the secrets that stand beside its URL. Throws `endpoint.invalid`. */
export function endpointOfJob({ url, password, sentinelPassword, token }: JobEndpoint): Endpoint {
  const secrets = { password, sentinelPassword, token };
  const given = Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== undefined));
  return withSecrets(parseEndpointUrl(url), given);
}
