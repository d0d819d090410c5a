import { mib } from '../../ui/format.ts';

/** One dispatched frame of `text/event-stream`. `id` is set only where the frame itself carried one. */
export type SseFrame = { id: string | null; event: string; data: string };

const maxFrameCharacters = 8 * mib;

/**
 * Reads `text/event-stream` piece by piece: give it decoded text, take the frames that became whole.
 *
 * A comment or a `retry:` makes no frame. A frame above 8 Mi characters is dropped, so memory stays bounded.
 * Spec: HTML Living Standard §9.2.6.
 */
export function createSseParser(): (text: string) => SseFrame[] {
  let rest = '';
  let fields = empty();
  let isStart = true;

  return (text) => {
    const frames: SseFrame[] = [];
    let whole = rest + text;
    if (isStart && whole !== '') {
      isStart = false;
      if (whole.startsWith('\ufeff')) whole = whole.slice(1);
    }
    const lines = whole.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    if (rest.length > maxFrameCharacters) rest = '';
    for (const line of lines) {
      if (line !== '') take(line, fields);
      else {
        if (fields.hasData) frames.push({ id: fields.id, event: fields.event || 'message', data: fields.data });
        fields = empty();
      }
    }
    return frames;
  };
}

type Fields = { id: string | null; event: string; data: string; hasData: boolean };
const empty = (): Fields => ({ id: null, event: '', data: '', hasData: false });

function take(line: string, fields: Fields): void {
  const colon = line.indexOf(':');
  if (colon === 0) return;
  const name = colon < 0 ? line : line.slice(0, colon);
  const raw = colon < 0 ? '' : line.slice(colon + 1);
  const value = raw.startsWith(' ') ? raw.slice(1) : raw;
  if (name === 'event') fields.event = value;
  else if (name === 'id' && !value.includes('\0')) fields.id = value;
  else if (name === 'data' && fields.data.length + value.length <= maxFrameCharacters) {
    fields.data = fields.hasData ? `${fields.data}\n${value}` : value;
    fields.hasData = true;
  }
}
