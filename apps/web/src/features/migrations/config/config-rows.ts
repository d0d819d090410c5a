/** `isDefault` is `null` where nobody chooses. */
export type ConfigRow = { name: string; value: string; isDefault: boolean | null };

const chosen = /^(options\.|mode$|source\.|target\.)/;

/** The settings of a job file, one a row, objects opened; `defaults` names those that nobody chose. */
export function configRows(job: Record<string, unknown>, defaults: readonly string[]): ConfigRow[] {
  const given = new Set(defaults);
  const isDefault = (name: string) => given.has(name) || given.has(name.replace(/^options\./, ''));
  return flatten(job, '').map(([name, value]) => ({
    name,
    value: textOf(value),
    isDefault: chosen.test(name) ? isDefault(name) : null,
  }));
}

function flatten(value: Record<string, unknown>, prefix: string): [string, unknown][] {
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? flatten(inner as Record<string, unknown>, `${prefix}${name}.`)
      : [[`${prefix}${name}`, inner]],
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
