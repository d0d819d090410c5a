import { type Reply, ReplyError } from '@cacheferry/resp';

/** What the connections of a migration to its target are called. */
export const nameAtTarget = (task: string): string => `ferry:${task}`;

/** What its connections to its source are called: they do not write there. */
export const nameAtSource = (task: string): string => `ferry:source:${task}`;

/**
 * The migrations whose engines are connected to write, by what `CLIENT LIST` answers: they say it in the names of their
 * connections. None where the list is refused.
 */
export function writersIn(list: Reply): string[] {
  const text = list instanceof ReplyError ? '' : String(list);
  return [...text.matchAll(/ name=ferry:(?!source:)([^\s:]+)/g)].map(([, task = '']) => task);
}
