import {
  type EndpointRef,
  formatEndpointUrl,
  type MigrationInput,
  type MigrationOptions,
  parseEndpointUrl,
  splitSecrets,
} from '@cacheferry/contract';
import { type Draft, type EndDraft, emptyEnd, type Side } from './draft.ts';

/** The address of an end without its password, or `undefined` while fields are missing. */
export function urlOf(end: EndDraft): string | undefined {
  if (end.url !== null) return end.url;
  if (end.host.trim() === '') return undefined;
  const host = end.host.trim().replace(/^\[|\]$/g, '');
  const tls = { ca: end.ca.trim() || null, cert: end.cert.trim() || null, key: end.key.trim() || null };
  return formatEndpointUrl({
    kind: 'standalone',
    host,
    port: Number(end.port),
    db: Number(end.db),
    user: end.user.trim() || null,
    password: null,
    tls: end.isTls ? tls : null,
    scan: false,
  });
}

/** An end as the API takes it, or `undefined` while it is not complete. */
export function refOf(end: EndDraft, password: string): EndpointRef | undefined {
  if (end.how === 'saved') return end.endpointId === null ? undefined : { endpointId: end.endpointId };
  const url = urlOf(end);
  return url === undefined ? undefined : { url, ...(password === '' ? {} : { password }) };
}

/** Fields filled from a pasted URL, and the password that stood in it. Throws `endpoint.invalid`. */
export function endFromUrl(text: string): { end: EndDraft; password: string } {
  const { endpoint, secrets } = splitSecrets(parseEndpointUrl(text.trim()));
  const password = secrets.password ?? '';
  if (endpoint.kind !== 'standalone' || endpoint.scan)
    return { end: { ...emptyEnd, url: formatEndpointUrl(endpoint), hasPassword: password !== '' }, password };
  const { host, port, db, user, tls } = endpoint;
  const files = { ca: tls?.ca ?? '', cert: tls?.cert ?? '', key: tls?.key ?? '' };
  const end = { ...emptyEnd, host, port, db, user: user ?? '', isTls: tls !== null, ...files };
  return { end: { ...end, hasPassword: password !== '' }, password };
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/** The options as the API takes them; lists stand one a line in the form. */
export function optionsOf(draft: Draft): MigrationOptions {
  const { onConflict, ttlShiftMs, ttlCapMs, rateKeys, rateBytes, batch, connections, spoolMaxBytes, accept } = draft;
  const lists = {
    filter: linesOf(draft.filter),
    exclude: linesOf(draft.exclude),
    dbMap: linesOf(draft.dbMap),
    keyPrefix: linesOf(draft.keyPrefix),
  };
  const numbers = { ttlShiftMs, ttlCapMs, rateKeys, rateBytes, batch, connections, spoolMaxBytes };
  return { onConflict, accept, ...numbers, ...lists };
}

type Ready = Pick<MigrationInput, 'source' | 'target' | 'mode'> & { machineId: string; options: MigrationOptions };

/** What a preflight and the migration are made of, or `undefined` while something is missing. */
export function readyOf(draft: Draft, secrets: Record<Side, string>): Ready | undefined {
  const source = refOf(draft.source, secrets.source);
  const target = refOf(draft.target, secrets.target);
  if (!source || !target || draft.machineId === null) return undefined;
  return { source, target, mode: draft.mode, machineId: draft.machineId, options: optionsOf(draft) };
}

/** A mark of everything that the preflight looks at; rates may change without asking again. */
export function markOf(draft: Draft): string {
  const { source, target, mode, machineId } = draft;
  return JSON.stringify([source, target, mode, machineId, { ...optionsOf(draft), rateKeys: 0, rateBytes: 0 }]);
}

/** A name for the migration where nobody gave one. */
export function suggestedName(source: string, target: string): string {
  const short = (text: string) => text.replace(/^[a-z+-]+:(\/\/)?/, '').replace(/^[^@]*@/, '');
  return `${short(source)} → ${short(target)}`.slice(0, 100);
}
