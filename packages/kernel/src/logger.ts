/** What a line of the log may carry beside its sentence. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

/** The three levels a library may use; `msg` is a constant sentence, variables are fields. */
export interface Logger {
  info(msg: string, fields?: LogFields): void;
  warn(msg: string, fields?: LogFields): void;
  error(msg: string, fields?: LogFields): void;
}

/** Takes every line and keeps none. */
export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} };
