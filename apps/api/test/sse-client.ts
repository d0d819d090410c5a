import http from 'node:http';
import { waitFor } from '@cacheferry/testkit';

export type Frame = { id: number | null; event: string; data: Record<string, unknown> };

/** A client of an event stream that keeps every frame. */
export type SseClient = {
  status: number;
  headers: http.IncomingHttpHeaders;
  frames: Frame[];
  /** The frames that carry an id. */
  readonly ids: number[];
  readonly isOpen: boolean;
  /** Stops reading, so that the server's buffers fill up. */
  pause(): void;
  resume(): void;
  until(condition: () => boolean, what?: string): Promise<void>;
  close(): void;
};

/** Connects and waits for the head of the answer. */
export function openSseClient(url: string, headers: Record<string, string>): Promise<SseClient> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { headers: { accept: 'text/event-stream', ...headers }, agent: false });
    request.once('error', reject);
    request.once('response', (response) => resolve(readStream(request, response)));
  });
}

function readStream(request: http.ClientRequest, response: http.IncomingMessage): SseClient {
  const frames: Frame[] = [];
  let rest = '';
  let isOpen = true;
  request.on('error', () => {});
  response.on('error', () => {});
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    const parts = (rest + text).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const frame = readFrame(part);
      if (frame) frames.push(frame);
    }
  });
  response.once('close', () => (isOpen = false));
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    frames,
    get ids() {
      return frames.flatMap(({ id }) => (id === null ? [] : [id]));
    },
    get isOpen() {
      return isOpen;
    },
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    until: async (condition, what = 'the frames') => {
      await waitFor(condition, { deadlineMs: 20_000, what });
    },
    close: () => void request.destroy(),
  };
}

function readFrame(text: string): Frame | undefined {
  const fields = new Map(
    text.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  const id = fields.get('id');
  return { id: id === undefined ? null : Number(id), event: fields.get('event') ?? '', data: JSON.parse(data) };
}
