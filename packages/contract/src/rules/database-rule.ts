/** Which database a source database becomes; `null` stands for those that no rule names. */
export type DatabaseRule = { from: number | null; to: number };

/** Reads `0:5`, or `*:0`, in the form that `MigrationOptions` has checked. */
export function parseDatabaseRule(text: string): DatabaseRule {
  const [from = '', to = ''] = text.split(':');
  return { from: from === '*' ? null : Number(from), to: Number(to) };
}
