/** Where a page of a list begins and how it is sorted; what a cursor holds once it was read. */
export type PageRequest = {
  limit: number;
  sort: { field: string; isDescending: boolean };
  /** The last row of the page before: its sorted value and its id. */
  after: { value: SortValue; id: string } | null;
  q: string | null;
};
export type SortValue = string | number | Date | null;

/** Up to `limit` + 1 rows, so that it is known whether more follow, and how many match in all. */
export type Rows<T> = { rows: T[]; total: number };
