import * as z from 'zod/mini';
import { Id, Name, Problem, SecretText, Time } from './basics.ts';
import { FileInspection } from './file-inspection.ts';
import { EndpointFacts } from './preflight.ts';

const url = z.string().check(z.trim(), z.minLength(1), z.maxLength(65_536));
const secrets = {
  password: z.optional(SecretText),
  sentinelPassword: z.optional(SecretText),
  token: z.optional(SecretText),
};

/** An end of a migration in a body: a URL with its secrets beside it (or within), or a saved endpoint. */
export const EndpointRef = z.union([z.strictObject({ endpointId: Id }), z.strictObject({ url, ...secrets })]);
export type EndpointRef = z.infer<typeof EndpointRef>;

/** An end of a migration in an answer: never with a secret. */
export const EndpointView = z.object({
  url: z.string(),
  kind: z.string(),
  endpointId: z.nullable(Id),
  name: z.nullable(z.string()),
  hasPassword: z.boolean(),
});
export type EndpointView = z.infer<typeof EndpointView>;

const fileKinds = ['rdb', 'aof', 'memcached-dump'];
/** Whether a full check can compare these ends: both have to be servers that answer questions about a key. */
export function canCompare({ source, target }: Record<'source' | 'target', Pick<EndpointView, 'kind'>>): boolean {
  return !fileKinds.includes(source.kind) && !fileKinds.includes(target.kind);
}

export const SavedEndpointInput = z.strictObject({ name: Name, url, ...secrets });
export type SavedEndpointInput = z.infer<typeof SavedEndpointInput>;
export const SavedEndpointChange = z.strictObject({ name: z.optional(Name), url: z.optional(url), ...secrets });
export type SavedEndpointChange = z.infer<typeof SavedEndpointChange>;

export const SavedEndpoint = z.object({
  id: Id,
  name: Name,
  url: z.string(),
  kind: z.string(),
  hasPassword: z.boolean(),
  usedBy: z.int(),
  createdAt: Time,
  updatedAt: Time,
});
export type SavedEndpoint = z.infer<typeof SavedEndpoint>;

export const EndpointTestInput = z.strictObject({ machineId: Id });
export type EndpointTestInput = z.infer<typeof EndpointTestInput>;
/** The same for an address that is not saved, as while a new migration is described. */
export const EndpointProbeInput = z.strictObject({ endpoint: EndpointRef, machineId: Id });
export type EndpointProbeInput = z.infer<typeof EndpointProbeInput>;
export const EndpointTest = z.object({
  ok: z.boolean(),
  facts: z.nullable(EndpointFacts),
  /** What was found in each file of an address that names files. */
  files: z._default(z.array(FileInspection), []),
  problem: z.nullable(Problem),
});
export type EndpointTest = z.infer<typeof EndpointTest>;
