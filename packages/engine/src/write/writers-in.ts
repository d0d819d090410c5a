import { type Reply, ReplyError } from '@cacheferry/resp';

/**
 * The migrations whose engines are connected to write, by what `CLIENT LIST` answers: they say it in the names of their
 * connections. None where the list is refused.
 */
export function writersIn(list: Reply): string[] {
  const text = list instanceof ReplyError ? '' : String(list);
  return [...text.matchAll(/ name=ferry:([^\s:]+)/g)].map(([, task = '']) => task);
}
