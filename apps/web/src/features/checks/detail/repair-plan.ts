export type RepairPlan = { copy: number; expiry: number; remove: number; unreadable: number };

/** What a repair does about the conflicts of each class. One key can stand in several classes, so the sums are upper bounds. */
export function repairPlan(conflicts: Record<string, number>): RepairPlan {
  const { ttl = 0, extra = 0, unreadable = 0, ...rest } = conflicts;
  return {
    copy: Object.values(rest).reduce((sum, count) => sum + count, 0),
    expiry: ttl,
    remove: extra,
    unreadable,
  };
}
