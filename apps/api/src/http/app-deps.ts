import type { Readable } from 'node:stream';
import type { EndpointRef, EndpointTest, Forgotten, KeyPreviewAnswer, KeyPreviewInput } from '@cacheferry/contract';
import type { Context, Doorbell, PasswordHasher, Signals, Store, TargetFile, UploadFiles } from '@cacheferry/domain';
import type { Clock } from '@cacheferry/kernel';
import type { Logger as Pino } from 'pino';
import type { Feeds } from '../live/feeds.ts';
import type { LiveEvents } from '../live/live-events.ts';
import type { Streams } from '../live/streams.ts';
import type { Downloads } from './downloads.ts';

/** One part of the readiness: `message` tells an administrator what is wrong. */
export type PartHealth = { isOk: boolean; message?: string };

/** What the HTTP side is made of. Everything that talks to something else comes from outside. */
export type AppDeps = {
  clock: Clock;
  newId: () => string;
  log: Pino;
  store: Store;
  signals: Signals;
  doorbell: Doorbell;
  hasher: PasswordHasher;
  version: string;
  /** Where it listens, and the names it may be called by beside its own. */
  listen: { host: string; allowedHosts: readonly string[] };
  /** The built pages; null where there are none. */
  webDir: string | null;
  /** A keyed hash, so that a stored hash of a request tells nothing about a password in it. */
  hashRequest: (text: string) => string;
  /** Lets a machine connect to an endpoint, saved or not, and tell what it found. */
  testEndpoint: (ctx: Context, endpoint: EndpointRef, machineId: string, signal: AbortSignal) => Promise<EndpointTest>;
  /** Lets a machine take some keys of a source and tell what rules make of them. */
  previewKeys: (ctx: Context, input: KeyPreviewInput, signal: AbortSignal) => Promise<KeyPreviewAnswer>;
  /** Lets the machine of an ended migration remove what it has noted on its target. */
  forgetTarget: (ctx: Context, id: string, signal: AbortSignal) => Promise<Forgotten>;
  /** The bytes of uploads. */
  uploads: UploadFiles;
  /** Opens a file on a machine to be sent on. */
  openFile: (file: TargetFile) => Promise<{ bytes: number; content: Readable }>;
  /** The parts that /readyz asks. */
  readiness: () => Promise<Record<string, PartHealth>>;
  /** Jobs by state, for /metrics. */
  countJobs: () => Promise<Record<string, number>>;
};

/** What the app makes of that for its routes. */
export type AppServices = AppDeps & { streams: Streams; feeds: Feeds; live: LiveEvents; downloads: Downloads };
