import type { SseFrame } from './sse-parser.ts';
import type { LinkStatus } from './stream.ts';

/** What a page asks of the hub that holds the streams of all pages of this browser. */
export type HubRequest =
  | { kind: 'subscribe'; sub: number; url: string; lastId: string | null }
  | { kind: 'unsubscribe'; sub: number }
  | { kind: 'ping' }
  | { kind: 'bye' };

/** What the hub tells a page. A page may join a running stream late: it fills what it missed by itself. */
export type HubAnswer =
  | { kind: 'frames'; sub: number; frames: SseFrame[] }
  | { kind: 'status'; sub: number; status: LinkStatus }
  /** The page was silent for too long and its subscriptions are gone: it subscribes again. */
  | { kind: 'forgotten' };

/** The part of a MessagePort that both sides use. */
export type HubPort = {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
};
