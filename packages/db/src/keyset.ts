import type { PageRequest } from '@cacheferry/domain';

type Keyset = { where: object; orderBy: object[]; take: number };

/**
 * One page after a row, by its sorted value and then its id: rows that are added or removed in between move nothing.
 * `nullable` names fields that may be empty; those rows come last in either direction. `key` is the unique column.
 */
export function keyset(request: PageRequest, nullable: readonly string[] = [], key = 'id'): Keyset {
  const { sort, after, limit } = request;
  const { field, isDescending } = sort;
  const direction = isDescending ? 'desc' : 'asc';
  const isNullable = nullable.includes(field);
  const order = isNullable ? { [field]: { sort: direction, nulls: 'last' } } : { [field]: direction };
  return {
    where: after ? following(request, isNullable, key) : {},
    orderBy: field === key ? [{ [key]: direction }] : [order, { [key]: direction }],
    take: limit + 1,
  };
}

function following({ sort, after }: PageRequest, isNullable: boolean, key: string): object {
  const { field, isDescending } = sort;
  const beyond = (value: unknown) => (isDescending ? { lt: value } : { gt: value });
  const id = after?.id;
  if (field === key) return { [key]: beyond(id) };
  if (after?.value === null) return { [field]: null, [key]: beyond(id) };
  const empty = isNullable ? [{ [field]: null }] : [];
  return { OR: [{ [field]: beyond(after?.value) }, { [field]: after?.value, [key]: beyond(id) }, ...empty] };
}

/** A search for a part of a text, whatever its case; the wildcards of LIKE are letters like any other. */
export function contains(q: string): { contains: string; mode: 'insensitive' } {
  return { contains: likeText(q), mode: 'insensitive' };
}

/** A text for LIKE that stands for itself. */
export function likeText(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
