import type { HubAnswer, HubPort, HubRequest } from './hub-protocol.ts';
import { followStream, type LinkStatus } from './stream.ts';

/** A browser keeps at most six connections to one HTTP/1.1 server; two stay free for ordinary requests. */
const maxStreams = 4;
/** Timers of hidden pages run once a minute at worst; a page silent over this many sweeps is gone, or frozen. */
const maxSilentSweeps = 4;

type Subscriber = { page: Page; sub: number };
type Stream = { stop: AbortController; subscribers: Set<Subscriber>; status: LinkStatus };
type Page = {
  port: HubPort;
  silentSweeps: number;
  subscribers: Map<number, { url: string; subscriber: Subscriber }>;
};
type Subscribe = Extract<HubRequest, { kind: 'subscribe' }>;

const post = ({ page }: Subscriber, message: HubAnswer) => page.port.postMessage(message);

/** Holds one stream per address for all pages of this browser, and hands its frames to those that asked. */
export class Hub {
  readonly #follow: typeof followStream;
  readonly #streams = new Map<string, Stream>();
  readonly #pages = new Set<Page>();

  constructor(follow: typeof followStream = followStream) {
    this.#follow = follow;
  }

  get counts() {
    return { streams: this.#streams.size, pages: this.#pages.size };
  }

  /** Takes a page in. */
  connect(port: HubPort): void {
    const page: Page = { port, silentSweeps: 0, subscribers: new Map() };
    this.#pages.add(page);
    port.onmessage = (event) => this.#receive(page, event.data as HubRequest);
  }

  /** Lets go of pages that have not been heard of for long. */
  sweep(): void {
    for (const page of this.#pages) if (++page.silentSweeps > maxSilentSweeps) this.#leave(page);
  }

  #receive(page: Page, message: HubRequest): void {
    page.silentSweeps = 0;
    if (message.kind === 'bye') return this.#leave(page);
    if (!this.#pages.has(page)) {
      this.#pages.add(page);
      return page.port.postMessage({ kind: 'forgotten' } satisfies HubAnswer);
    }
    if (message.kind === 'subscribe') this.#subscribe(page, message);
    else if (message.kind === 'unsubscribe') this.#unsubscribe(page, message.sub);
  }

  #subscribe(page: Page, { sub, url, lastId }: Subscribe): void {
    const subscriber = { page, sub };
    const running = this.#streams.get(url);
    if (!running && this.#streams.size >= maxStreams)
      return post(subscriber, { kind: 'status', sub, status: { state: 'polled', attempt: 0 } });
    const stream = running ?? this.#open(url, lastId);
    stream.subscribers.add(subscriber);
    page.subscribers.set(sub, { url, subscriber });
    post(subscriber, { kind: 'status', sub, status: stream.status });
  }

  #open(url: string, lastId: string | null): Stream {
    const stop = new AbortController();
    const stream: Stream = { stop, subscribers: new Set(), status: { state: 'connecting', attempt: 0 } };
    this.#streams.set(url, stream);
    const run = this.#follow({
      url,
      lastId,
      signal: stop.signal,
      onStatus: (status) => {
        stream.status = status;
        for (const one of stream.subscribers) post(one, { kind: 'status', sub: one.sub, status });
      },
      onFrames: (frames) => {
        for (const one of stream.subscribers) post(one, { kind: 'frames', sub: one.sub, frames });
      },
    });
    void run.finally(() => this.#streams.get(url) === stream && this.#streams.delete(url));
    return stream;
  }

  #unsubscribe(page: Page, sub: number): void {
    const entry = page.subscribers.get(sub);
    page.subscribers.delete(sub);
    const stream = entry && this.#streams.get(entry.url);
    if (!entry || !stream?.subscribers.delete(entry.subscriber) || stream.subscribers.size > 0) return;
    this.#streams.delete(entry.url);
    stream.stop.abort();
  }

  #leave(page: Page): void {
    for (const sub of [...page.subscribers.keys()]) this.#unsubscribe(page, sub);
    this.#pages.delete(page);
  }
}
