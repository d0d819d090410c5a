import { RawReplies } from '@cacheferry/resp';

const own = new RawReplies(1_048_576);

/** A reply of our own, in the words of the protocol. */
export function answer(into: RawReplies, text: string): void {
  own.expect(1);
  own.feed(Buffer.from(text), 0);
  into.append(own, 0);
}
