/** A command, or a part of one, that was not sent: the target has no place for it. */
export type LeftOut = {
  class: 'command' | 'too_large' | 'type' | 'field_ttl';
  count: number;
  name: string;
  db: number;
  /** What it was about, where that has a key. */
  key?: Buffer;
};

/** Commands about the expiry of hash fields, which older targets do not know. */
const fieldExpiries = new Set(['HPEXPIREAT', 'HEXPIREAT', 'HEXPIRE', 'HPEXPIRE', 'HPERSIST', 'HSETEX']);

/** What is lost with a command that the target does not take. */
export const lostWith = (name: string): LeftOut['class'] => (fieldExpiries.has(name) ? 'field_ttl' : 'command');
