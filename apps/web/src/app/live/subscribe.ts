import { Hub } from './hub.ts';
import type { HubAnswer, HubPort, HubRequest } from './hub-protocol.ts';
import type { SseFrame } from './sse-parser.ts';
import type { LinkStatus } from './stream.ts';

type Listener = { onFrames: (frames: SseFrame[]) => void; onStatus: (status: LinkStatus) => void };

type Subscription = Listener & { url: string; lastId: string | null };

const subscriptions = new Map<number, Subscription>();
let nextSub = 1;
let port: HubPort | undefined;

/**
 * Follows an event stream of the API; all pages of this browser share one connection per address.
 *
 * Frames may come from later than `lastId` when another page holds the stream already: who needs every one looks at the ids.
 * Returns the function that ends it.
 */
export function subscribeStream(url: string, lastId: string | null, listener: Listener): () => void {
  const sub = nextSub++;
  subscriptions.set(sub, { ...listener, url, lastId });
  send({ kind: 'subscribe', sub, url, lastId });
  return () => {
    subscriptions.delete(sub);
    send({ kind: 'unsubscribe', sub });
  };
}

function send(message: HubRequest): void {
  port ??= connect();
  port.postMessage(message);
}

function connect(): HubPort {
  const made = openPort();
  made.onmessage = (event) => receive(event.data as HubAnswer);
  setInterval(() => made.postMessage({ kind: 'ping' } satisfies HubRequest), 30_000);
  // A page put aside for "back" is frozen: it leaves, and loads anew when it is shown again.
  addEventListener('pagehide', () => made.postMessage({ kind: 'bye' } satisfies HubRequest));
  addEventListener('pageshow', (event) => event.persisted && location.reload());
  return made;
}

function receive(answer: HubAnswer): void {
  if (answer.kind === 'forgotten') {
    for (const [sub, { url, lastId }] of subscriptions) send({ kind: 'subscribe', sub, url, lastId });
    return;
  }
  const subscription = subscriptions.get(answer.sub);
  if (answer.kind === 'status') return subscription?.onStatus(answer.status);
  if (!subscription) return;
  subscription.lastId = answer.frames.findLast((frame) => frame.id !== null)?.id ?? subscription.lastId;
  subscription.onFrames(answer.frames);
}

/** The hub in a shared worker; in the page itself where the browser has none. */
function openPort(): HubPort {
  if (typeof SharedWorker === 'function') {
    const worker = new SharedWorker(new URL('./hub.worker.ts', import.meta.url), {
      type: 'module',
      name: 'cacheferry-live',
    });
    return worker.port;
  }
  const { port1, port2 } = new MessageChannel();
  new Hub().connect(port2);
  return port1;
}
