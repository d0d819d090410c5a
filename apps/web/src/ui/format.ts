/** How numbers, sizes and times are written. Every one has its unit; `locale` is `en` or `zh-CN`. */

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** A MiB in bytes. */
export const mib = 1024 * 1024;

/** `12.4 GiB`; whole bytes below 1 KiB. */
export function formatBytes(bytes: number, locale: string): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1023.95 && unit < binaryUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 ? 0 : 1;
  return `${fixed(value, digits, locale)} ${binaryUnits[unit]}`;
}

/** `3.1 MiB/s`. */
export function formatByteRate(bytesPerSecond: number, locale: string): string {
  return `${formatBytes(bytesPerSecond, locale)}/s`;
}

/** `41,203,118`. */
export function formatCount(count: number, locale: string): string {
  return fixed(count, 0, locale);
}

/** `2,104/s`; below ten with one decimal, so that a slow rate is not shown as 0. */
export function formatRate(perSecond: number, locale: string): string {
  const digits = perSecond > 0 && perSecond < 10 ? 1 : 0;
  return `${fixed(perSecond, digits, locale)}/s`;
}

const timeUnits = {
  en: { ms: 'ms', s: 's', m: 'm', h: 'h', d: 'd' },
  zh: { ms: '毫秒', s: '秒', m: '分', h: '小时', d: '天' },
} as const;

/** `0 s`, `640 ms`, `8.2 s`, `3 m 12 s`, `2 h 5 m`, `3 d 4 h`: the two biggest units. */
export function formatDuration(ms: number, locale: string): string {
  const unit = locale.startsWith('zh') ? timeUnits.zh : timeUnits.en;
  if (ms === 0) return `0 ${unit.s}`;
  if (ms < 1000) return `${Math.max(1, Math.round(ms))} ${unit.ms}`;
  if (ms < 9950) return `${fixed(ms / 1000, 1, locale)} ${unit.s}`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} ${unit.s}`;
  if (seconds < 3600) return pair([Math.floor(seconds / 60), unit.m], [seconds % 60, unit.s]);
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return pair([Math.floor(minutes / 60), unit.h], [minutes % 60, unit.m]);
  const hours = Math.round(minutes / 60);
  return pair([Math.floor(hours / 24), unit.d], [hours % 24, unit.h]);
}

type Part = [value: number, unit: string];
const pair = (big: Part, small: Part): string => (small[0] === 0 ? big.join(' ') : [...big, ...small].join(' '));

/** `42.7 %`; 100 % only where everything is done. */
export function formatShare(share: number, locale: string): string {
  if (share >= 1) return '100 %';
  const percent = Math.min(99.9, Math.max(0, share * 100));
  return `${fixed(percent, 1, locale)} %`;
}

/** Date and time in the zone of the browser. */
export function formatTime(at: string | number, locale: string): string {
  return dateFormat(locale, 'long').format(new Date(at));
}

/** Hours, minutes and seconds, for things of today. */
export function formatClock(at: string | number, locale: string): string {
  return dateFormat(locale, 'clock').format(new Date(at));
}

/** The same moment in UTC, for tooltips and copies. */
export function formatUtc(at: string | number): string {
  return `${new Date(at).toISOString().replace('T', ' ').replace('Z', '')} UTC`;
}

const numberFormats = new Map<string, Intl.NumberFormat>();
function fixed(value: number, digits: number, locale: string): string {
  const key = `${locale} ${digits}`;
  let format = numberFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    numberFormats.set(key, format);
  }
  return format.format(value);
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();
function dateFormat(locale: string, kind: 'long' | 'clock'): Intl.DateTimeFormat {
  const key = `${locale} ${kind}`;
  let format = dateFormats.get(key);
  if (!format) {
    const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
    const day = { year: 'numeric', month: 'short', day: 'numeric' } as const;
    format = new Intl.DateTimeFormat(locale, kind === 'clock' ? clock : { ...day, ...clock });
    dateFormats.set(key, format);
  }
  return format;
}
