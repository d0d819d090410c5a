import { createSseParser, type SseFrame } from './sse-parser.ts';

/** How a stream is doing. `attempt` counts failed tries since it last worked. */
export type LinkStatus = {
  state: 'connecting' | 'live' | 'retrying' | 'denied' | 'gone' | 'ended' | 'polled';
  attempt: number;
};

export type StreamOptions = {
  url: string;
  lastId: string | null;
  onFrames: (frames: SseFrame[]) => void;
  onStatus: (status: LinkStatus) => void;
  signal: AbortSignal;
  /** Replaced in tests. */
  fetch?: typeof globalThis.fetch;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** The server beats every 15 s; twice as long without a byte means the link is dead. */
const staleMs = 30_000;
const backOffMs = [500, 1_000, 2_000, 4_000, 7_000, 10_000];

/** Follows an event stream until it ends or is aborted; a broken link is made again after the last id that was seen. */
export async function followStream(options: StreamOptions): Promise<void> {
  const { signal, onStatus, wait = sleep } = options;
  const position = { lastId: options.lastId };
  onStatus({ state: 'connecting', attempt: 0 });
  for (let attempt = 0; !signal.aborted; ) {
    const outcome = await readOnce(options, position, () => {
      attempt = 0;
      onStatus({ state: 'live', attempt: 0 });
    });
    if (signal.aborted) return;
    if (outcome !== 'broken') return onStatus({ state: outcome, attempt });
    attempt++;
    onStatus({ state: 'retrying', attempt });
    const base = backOffMs[Math.min(attempt, backOffMs.length) - 1] ?? 10_000;
    await wait(base * (0.75 + Math.random() / 2), signal);
  }
}

async function readOnce(options: StreamOptions, position: { lastId: string | null }, onOpen: () => void) {
  const link = new AbortController();
  const stop = () => link.abort();
  options.signal.addEventListener('abort', stop, { once: true });
  let timer = setTimeout(stop, staleMs);
  const beat = () => {
    clearTimeout(timer);
    timer = setTimeout(stop, staleMs);
  };
  try {
    const response = await open(options, position.lastId, link.signal);
    if (response.status === 401 || response.status === 403) return 'denied';
    if (response.status === 404) return 'gone';
    if (!response.ok || !response.body) return 'broken';
    onOpen();
    return (await readFrames(response.body, beat, options.onFrames, position)) ? 'ended' : 'broken';
  } catch {
    // A cut network, a time-out and an abort all end here; the status says so and the caller tries again.
    return 'broken';
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', stop);
    link.abort();
  }
}

function open({ url, fetch: get = globalThis.fetch }: StreamOptions, lastId: string | null, signal: AbortSignal) {
  const headers: Record<string, string> = { accept: 'text/event-stream' };
  if (lastId !== null) headers['last-event-id'] = lastId;
  return get(url, { headers, signal, credentials: 'same-origin', cache: 'no-store' });
}

/** Hands frames on as they come, one call per piece of the network. Returns whether the server said `end`. */
async function readFrames(
  body: ReadableStream<Uint8Array>,
  beat: () => void,
  onFrames: (frames: SseFrame[]) => void,
  position: { lastId: string | null },
): Promise<boolean> {
  const parse = createSseParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return false;
    beat();
    const frames = parse(decoder.decode(value, { stream: true }));
    if (frames.length === 0) continue;
    position.lastId = frames.findLast((frame) => frame.id !== null)?.id ?? position.lastId;
    onFrames(frames);
    if (frames.some((frame) => frame.event === 'end')) return true;
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
