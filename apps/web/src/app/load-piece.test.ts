import { expect, test } from 'vitest';
import { loadPiece } from './load-piece.ts';

test('a piece that fails while the server is away is loaded once it is back', async () => {
  const asked: string[] = [];
  let awayFor = 3;
  const server = {
    isThere: async () => --awayFor < 0,
    pause: async () => void asked.push('pause'),
  };
  const load = async () => {
    asked.push('load');
    if (awayFor >= 0) throw new Error('refused');
    return 'the piece';
  };
  expect(await loadPiece(load, server)).toBe('the piece');
  expect(asked).toEqual(['load', 'pause', 'pause', 'pause', 'load']);
});

test('a piece that the server does not have is a fault', async () => {
  const server = { isThere: async () => true, pause: async () => {} };
  const load = () => Promise.reject(new Error('not found'));
  await expect(loadPiece(load, server)).rejects.toThrow('not found');
});
