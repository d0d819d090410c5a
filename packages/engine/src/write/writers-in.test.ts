import { expect, test } from 'vitest';
import { nameAtSource, nameAtTarget, writersIn } from './writers-in.ts';

test('connections that write to a server are told from those that read it', () => {
  const names = ['app', nameAtTarget('one'), nameAtSource('two'), `${nameAtTarget('three')}:shard:ab`, ''];
  const list = names.map((name, id) => `id=${id} addr=10.0.0.1:5 name=${name} age=1 flags=N`).join('\n');
  expect(writersIn(Buffer.from(list))).toEqual(['one', 'three']);
});
