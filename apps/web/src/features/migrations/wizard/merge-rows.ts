import type { PreflightRow } from '@cacheferry/contract';
import { rowKey } from './row-key.ts';

/** A row as it is shown: `keys` of all that it stands for, `machineIds` of those that answered so where others did not. */
export type MergedRow = PreflightRow & { keys: string[]; machineIds: string[] };

const nameOf = ({ id, scope }: PreflightRow): string => `${id} ${scope}`;

/** Makes one row of what several machines answered alike; other answers stand beside it. `machines`: how many were asked. */
export function mergeRows(rows: readonly PreflightRow[], machines: number): MergedRow[] {
  const merged = new Map<string, MergedRow>();
  for (const row of rows) {
    const { machineId = '', ...answer } = row;
    const name = JSON.stringify(answer);
    const known = merged.get(name) ?? { ...row, keys: [], machineIds: [] };
    merged.set(name, { ...known, keys: [...known.keys, rowKey(row)], machineIds: [...known.machineIds, machineId] });
  }
  const names = [...new Set(rows.map(nameOf))];
  const inOrder = [...merged.values()].sort((a, b) => names.indexOf(nameOf(a)) - names.indexOf(nameOf(b)));
  return inOrder.map((row) => (row.machineIds.length < machines ? row : { ...row, machineIds: [] }));
}
