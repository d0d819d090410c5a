import { describe, expect, test } from 'vitest';
import { followStream, type LinkStatus } from './stream.ts';

type Answer = { status?: number; frames?: string[] };

function scripted(answers: Answer[]) {
  const asked: (string | null)[] = [];
  const fake: typeof fetch = async (_url, init) => {
    const answer = answers[asked.length] ?? { status: 401 };
    asked.push(new Headers(init?.headers).get('last-event-id'));
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const frame of answer.frames ?? []) controller.enqueue(new TextEncoder().encode(frame));
        controller.close();
      },
    });
    return new Response(answer.status && answer.status !== 200 ? null : body, { status: answer.status ?? 200 });
  };
  return { fake, asked };
}

async function run(answers: Answer[], lastId: string | null = null) {
  const { fake, asked } = scripted(answers);
  const seen: string[] = [];
  const states: LinkStatus[] = [];
  const waits: number[] = [];
  await followStream({
    url: '/events',
    lastId,
    signal: new AbortController().signal,
    onFrames: (frames) => seen.push(...frames.map((frame) => frame.id ?? frame.event)),
    onStatus: (status) => states.push(status),
    fetch: fake,
    wait: async (ms) => void waits.push(ms),
  });
  return { seen, asked, states: states.map(({ state, attempt }) => `${state} ${attempt}`), waits };
}

describe('following a stream', () => {
  test('a broken link goes on after the last id that was seen', async () => {
    const { seen, asked } = await run([
      { frames: ['id: 1\ndata: a\n\nid: 2\ndata: b\n\n', 'id: 3\nda'] },
      { frames: ['id: 3\ndata: c\n\n', 'event: end\ndata: {}\n\n'] },
    ]);
    expect(seen).toEqual(['1', '2', '3', 'end']);
    expect(asked).toEqual([null, '2']);
  });

  test('a frame without an id does not move the position', async () => {
    const { asked } = await run([{ frames: ['event: progress\ndata: {}\n\n'] }, { status: 404 }], '41');
    expect(asked).toEqual(['41', '41']);
  });

  test('tries are counted and start anew after success', async () => {
    const { states } = await run([{ status: 500 }, { status: 502 }, {}, { status: 503 }, { status: 401 }]);
    expect(states).toEqual([
      'connecting 0',
      'retrying 1',
      'retrying 2',
      'live 0',
      'retrying 1',
      'retrying 2',
      'denied 2',
    ]);
  });

  test('waiting grows to ten seconds and is spread', async () => {
    const { waits } = await run(Array.from({ length: 12 }, () => ({ status: 500 })));
    expect(waits[0]).toBeLessThan(700);
    expect(Math.max(...waits)).toBeLessThanOrEqual(12_500);
    expect(waits[11]).toBeGreaterThanOrEqual(7_500);
  });
});
