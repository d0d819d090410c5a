import type { LogLevel } from '@cacheferry/contract';

/** What of a log view stands in the address. */
export type LogSearchValues = {
  level?: LogLevel | undefined;
  q?: string | undefined;
  line?: number | undefined;
  wrap?: boolean | undefined;
};
