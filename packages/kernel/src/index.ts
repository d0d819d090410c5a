export { type Clock, systemClock } from './clock.ts';
export { type ErrorCode, errorCatalogue } from './errors/catalogue.ts';
export {
  counted,
  type ErrorFacts,
  FerryError,
  fill,
  fillSentence,
  formatCount,
  isErrorCode,
  toFerryError,
} from './errors/ferry-error.ts';
export type { ErrorSpec } from './errors/spec.ts';
export { createIds, isUuidV7 } from './ids.ts';
export { type LogFields, type Logger, silentLogger } from './logger.ts';
export { printableKey } from './printable-key.ts';
export { toSafeInteger } from './safe-integer.ts';
export { Secret } from './secret.ts';
