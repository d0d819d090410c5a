import type { Logger } from '@cacheferry/kernel';
import { destination, type Logger as Pino, pino } from 'pino';

/** The second net under the rule that no line gets a secret in the first place. */
const secretNames = ['password', 'next', 'current', 'token', 'sentinelPassword', 'privateKey', 'passphrase', 'secret'];
const paths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
const headers = ['authorization', 'cookie', 'x-csrf-token', 'set-cookie'].map((name) => `*.headers["${name}"]`);

/** The log of the process: one JSON object a line, on stderr, so that stdout is left to what people are told. */
export function createLog(level: 'debug' | 'info' | 'warn' | 'error' | 'silent', fd = 2): Pino {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      formatters: { level: (name) => ({ level: name }) },
      redact: { paths: [...paths, ...headers], censor: '[secret]' },
    },
    destination({ fd, sync: true }),
  );
}

/** The three levels that libraries use, on that log. */
export function toLogger(log: Pino): Logger {
  return {
    info: (msg, fields = {}) => log.info(fields, msg),
    warn: (msg, fields = {}) => log.warn(fields, msg),
    error: (msg, fields = {}) => log.error(fields, msg),
  };
}
