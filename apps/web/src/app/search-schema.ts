import * as z from 'zod/mini';

/** Parts of an address after the `?`. What is not understood is left out, so that an old link still opens. */
export const text = (max = 200) => z.catch(z.optional(z.string().check(z.minLength(1), z.maxLength(max))), undefined);
export const whole = () => z.catch(z.optional(z.int().check(z.nonnegative())), undefined);
export const flag = () => z.catch(z.optional(z.boolean()), undefined);
export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.catch(z.optional(z.enum(values)), undefined);

const sort = z.catch(z.optional(z.string().check(z.regex(/^-?[a-zA-Z]{1,32}$/))), undefined);
/** `cursor` begins the page, `skip` is how many rows stand before it. */
const paging = { q: text(), sort, cursor: text(512), skip: whole() };

export const stateFilters = ['running', 'attention', 'failed', 'done'] as const;
export type StateFilter = (typeof stateFilters)[number];

export const ListSearch = z.object(paging);
export const MigrationsSearch = z.object({ ...paging, show: oneOf(stateFilters) });
export const ChecksSearch = z.object({ ...paging, show: oneOf(['running', 'consistent', 'inconsistent', 'ended']) });
export const AuditSearch = z.object({ ...paging, user: text(), action: text() });
export const ProgressSearch = z.object({ range: oneOf(['15m', '1h', '6h', '24h', '7d']), table: flag() });
export const LogSearch = z.object({
  level: oneOf(['debug', 'info', 'warn', 'error']),
  q: text(),
  line: whole(),
  wrap: flag(),
});
export const conflictClasses = ['missing', 'extra', 'type', 'value', 'ttl', 'group', 'flags', 'unreadable'] as const;
export const ConflictSearch = z.object({
  q: text(),
  class: oneOf(conflictClasses),
  db: whole(),
  type: text(40),
  cursor: text(512),
  skip: whole(),
  conflict: text(64),
});
