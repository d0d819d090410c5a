const maxDepth = 24;

/**
 * A value as PostgreSQL's jsonb takes it: NUL and lone surrogates made visible, too deep branches cut, `undefined` left
 * out. What a machine or a server sends passes here before it is stored, so that no text can stop the events behind it.
 */
export function plainJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return plainText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value === 'boolean') return value;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object') return null;
  if (depth >= maxDepth) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => plainJson(item, depth + 1));
  const plain: [string, unknown][] = [];
  for (const [name, item] of Object.entries(value))
    if (item !== undefined) plain.push([plainText(name), plainJson(item, depth + 1)]);
  return Object.fromEntries(plain);
}

/** A text that PostgreSQL can hold: NUL becomes `\x00`, a lone surrogate U+FFFD. */
export function plainText(text: string): string {
  // Under the flag u, Cs matches lone surrogates only.
  const whole = text.replace(/\p{Cs}/gu, '\ufffd');
  return whole.includes('\0') ? whole.replaceAll('\0', '\\x00') : whole;
}

/** JSON with the names of every object in order: equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const pairs = Object.entries(value).filter(([, item]) => item !== undefined);
  pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${pairs.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`).join(',')}}`;
}
