import { describe, expect, test } from 'vitest';
import { Hub } from './hub.ts';
import type { HubAnswer, HubPort, HubRequest } from './hub-protocol.ts';
import type { StreamOptions } from './stream.ts';

function setUp() {
  const opened: StreamOptions[] = [];
  const hub = new Hub((options) => {
    opened.push(options);
    return new Promise((resolve) => options.signal.addEventListener('abort', () => resolve()));
  });
  const page = () => {
    const got: HubAnswer[] = [];
    const port: HubPort = { onmessage: null, postMessage: (message) => got.push(message as HubAnswer) };
    hub.connect(port);
    const send = (data: HubRequest) => port.onmessage?.({ data } as MessageEvent);
    return { got, send, subscribe: (url: string, sub = 1) => send({ kind: 'subscribe', sub, url, lastId: null }) };
  };
  return { hub, opened, page };
}

const frame = { id: '1', event: 'log', data: '{}' };

describe('the hub', () => {
  test('two pages share one stream, and both get its frames', () => {
    const { opened, page } = setUp();
    const [a, b] = [page(), page()];
    a.subscribe('/events');
    b.subscribe('/events', 9);
    expect(opened).toHaveLength(1);
    opened[0]?.onFrames([frame]);
    expect(a.got.at(-1)).toEqual({ kind: 'frames', sub: 1, frames: [frame] });
    expect(b.got.at(-1)).toEqual({ kind: 'frames', sub: 9, frames: [frame] });
  });

  test('the last page that leaves closes the stream', () => {
    const { hub, opened, page } = setUp();
    const [a, b] = [page(), page()];
    a.subscribe('/events');
    b.subscribe('/events');
    a.send({ kind: 'bye' });
    expect(opened[0]?.signal.aborted).toBe(false);
    b.send({ kind: 'unsubscribe', sub: 1 });
    expect(opened[0]?.signal.aborted).toBe(true);
    expect(hub.counts).toEqual({ streams: 0, pages: 1 });
  });

  test('beyond four streams a page is told to poll, so that requests still get through', () => {
    const { opened, page } = setUp();
    const a = page();
    for (let sub = 1; sub <= 5; sub++) a.subscribe(`/events/${sub}`, sub);
    expect(opened).toHaveLength(4);
    expect(a.got.at(-1)).toEqual({ kind: 'status', sub: 5, status: { state: 'polled', attempt: 0 } });
  });

  test('a page that fell silent is let go, and told so when it speaks again', () => {
    const { hub, page } = setUp();
    const a = page();
    a.subscribe('/events');
    for (let i = 0; i < 5; i++) hub.sweep();
    expect(hub.counts).toEqual({ streams: 0, pages: 0 });
    a.send({ kind: 'ping' });
    expect(a.got.at(-1)).toEqual({ kind: 'forgotten' });
    a.subscribe('/events');
    expect(hub.counts).toEqual({ streams: 1, pages: 1 });
  });
});
