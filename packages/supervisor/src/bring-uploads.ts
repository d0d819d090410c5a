import { formatEndpointUrl, type Job, parseEndpointUrl, replaceUploads, uploadsOf } from '@cacheferry/contract';
import type { MachineLink, MachineLogin, NeededUpload } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';

/** Where each upload lies on a machine, by its id. */
export type UploadPlaces = ReadonlyMap<string, string>;
type Machine = { link: MachineLink; login: MachineLogin; workDir: string };

/**
 * Brings uploads to a machine and answers where they lie there. One that is there already, under the SHA-256 that its
 * name says, is not sent again; this machine reads them where they are.
 */
export async function bringUploads(
  { link, login, workDir }: Machine,
  uploads: readonly NeededUpload[],
  signal: AbortSignal,
): Promise<UploadPlaces> {
  const places = placesOf({ login, workDir }, uploads);
  if (login.kind === 'local') return places;
  for (const { id, path, sha256 } of uploads) {
    const place = places.get(id) as string;
    if (await isThere(link, place, signal)) continue;
    await must(link, ['mkdir', '-p', '-m', '700', `${workDir}/uploads`], signal);
    await link.put(path, place, { mode: 0o600, sha256, signal });
  }
  return places;
}

/** Where uploads lie on a machine once they were brought there. */
export function placesOf({ login, workDir }: Omit<Machine, 'link'>, uploads: readonly NeededUpload[]): UploadPlaces {
  const placeOf = ({ path, sha256 }: NeededUpload) => (login.kind === 'local' ? path : `${workDir}/uploads/${sha256}`);
  return new Map(uploads.map((one) => [one.id, placeOf(one)]));
}

/** Removes from a machine what was brought there, but for what another run needs. */
export async function removeUploads(
  { link, login, workDir }: Machine,
  uploads: readonly NeededUpload[],
  kept: readonly string[],
): Promise<void> {
  if (login.kind === 'local') return;
  const sums = new Set(uploads.filter(({ id }) => kept.includes(id)).map(({ sha256 }) => sha256));
  const files = uploads.filter(({ sha256 }) => !sums.has(sha256)).map(({ sha256 }) => `${workDir}/uploads/${sha256}`);
  if (files.length > 0) await must(link, ['rm', '-f', ...files]);
}

/** The job with the places on the machine in its addresses. */
export function placeUploads(job: Job, places: UploadPlaces): Job {
  const placed = <T extends { url: string }>(end: T): T => ({ ...end, url: placeUrl(end.url, places) });
  return places.size === 0 ? job : { ...job, source: placed(job.source), target: placed(job.target) };
}

/** An address with the places on the machine in it. */
export function placeUrl(url: string, places: UploadPlaces): string {
  const endpoint = parseEndpointUrl(url);
  if (uploadsOf(endpoint).length === 0) return url;
  return formatEndpointUrl(replaceUploads(endpoint, (id) => places.get(id) ?? ''));
}

/** What a machine said, with the names of the uploads in place of where they lie there. */
export function nameUploads<T>(said: T, uploads: readonly NeededUpload[], places: UploadPlaces): T {
  if (uploads.length === 0) return said;
  const named = (text: string) =>
    uploads.reduce((now, { id, name }) => now.replaceAll(places.get(id) ?? name, name), text);
  return inTexts(said, named) as T;
}

function inTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => inTexts(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inTexts(one, change)]));
}

async function isThere(link: MachineLink, file: string, signal: AbortSignal): Promise<boolean> {
  return (await link.run(['test', '-f', file], { signal })).exitCode === 0;
}

async function must(link: MachineLink, argv: readonly string[], signal?: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await link.run(argv, signal ? { signal } : {});
  const [program = ''] = argv;
  const facts = { host: '', program, exitCode, detail: stderr.trim().slice(0, 200) };
  if (exitCode !== 0) throw new FerryError('machine.command_failed', facts);
}
