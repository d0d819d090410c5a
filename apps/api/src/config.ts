import os from 'node:os';
import path from 'node:path';
import { FerryError, Secret } from '@cacheferry/kernel';
import * as z from 'zod/mini';

const listBy = (separator: RegExp) =>
  z.pipe(
    z.string(),
    z.transform((text) =>
      text
        .split(separator)
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    ),
  );
const list = listBy(/,/);
const port = z.coerce.number().check(z.int(), z.gte(0), z.lte(65_535));
const isUrlOf = (text: string, schemes: readonly string[]) =>
  URL.canParse(text) && schemes.includes(new URL(text).protocol);
const isKey = (text: string) => /^[A-Za-z0-9+/_-]{43}=?$/.test(text.trim());
const folders = listBy(/[:,]/).check(z.refine((all) => all.every((one) => path.isAbsolute(one))));

/** Every setting, with what it must be like: the sentence is shown when it is not. */
const settings = {
  PORT: [z._default(port, 8460), 'a port number, 0 to 65535'],
  HOST: [z._default(z.string().check(z.regex(/^[\w.:%-]+$/)), '127.0.0.1'), 'an address or name to listen on'],
  DATABASE_URL: [
    z.optional(z.string().check(z.refine((url) => isUrlOf(url, ['postgres:', 'postgresql:'])))),
    'a URL like postgresql://user:password@host:5432/database',
  ],
  REDIS_URL: [
    z.optional(z.string().check(z.refine((url) => isUrlOf(url, ['redis:', 'rediss:'])))),
    'a URL like redis://user:password@host:6379/0',
  ],
  FERRY_HOME: [z.optional(z.string().check(z.minLength(1))), 'a folder'],
  FERRY_SECRET_KEY: [z.optional(z.string().check(z.refine(isKey))), '32 bytes in base64: openssl rand -base64 32'],
  FERRY_ADMIN_PASSWORD: [z.optional(z.string().check(z.minLength(8), z.maxLength(256))), '8 to 256 characters'],
  FERRY_FILE_ROOTS: [z._default(folders, []), 'absolute folders, separated by colons or commas'],
  FERRY_ALLOWED_HOSTS: [
    z._default(list.check(z.refine((all) => all.every((one) => /^[\w.-]+(:\d+)?$/.test(one)))), []),
    'host names, separated by commas',
  ],
  FERRY_ROLE: [z._default(z.enum(['all', 'api', 'worker']), 'all'), 'all, api or worker'],
  LOG_LEVEL: [
    z._default(z.enum(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
    'debug, info, warn, error or silent',
  ],
} as const;

const Environment = z.object({
  PORT: settings.PORT[0],
  HOST: settings.HOST[0],
  DATABASE_URL: settings.DATABASE_URL[0],
  REDIS_URL: settings.REDIS_URL[0],
  FERRY_HOME: settings.FERRY_HOME[0],
  FERRY_SECRET_KEY: settings.FERRY_SECRET_KEY[0],
  FERRY_ADMIN_PASSWORD: settings.FERRY_ADMIN_PASSWORD[0],
  FERRY_FILE_ROOTS: settings.FERRY_FILE_ROOTS[0],
  FERRY_ALLOWED_HOSTS: settings.FERRY_ALLOWED_HOSTS[0],
  FERRY_ROLE: settings.FERRY_ROLE[0],
  LOG_LEVEL: settings.LOG_LEVEL[0],
});

/** What the process runs with. Secrets print as `[secret]`. */
export type Config = {
  port: number;
  host: string;
  databaseUrl: string | null;
  redisUrl: string | null;
  home: string;
  secretKey: Secret | null;
  adminPassword: Secret | null;
  fileRoots: readonly string[];
  allowedHosts: readonly string[];
  role: 'all' | 'api' | 'worker';
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
};

/** Reads the environment. Throws `config.invalid` that names every wrong setting at once, never with its value. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
  const parsed = z.safeParse(Environment, given);
  const names = new Set(parsed.error?.issues.map((issue) => String(issue.path[0])));
  const wrong = [...names].map((name) => `${name} must be ${settings[name as keyof typeof settings][1]}`);
  const needsDatabase = given.FERRY_ROLE === 'api' || given.FERRY_ROLE === 'worker';
  if (needsDatabase && !given.DATABASE_URL)
    wrong.push(`DATABASE_URL must be set where FERRY_ROLE is ${given.FERRY_ROLE}: several processes share it`);
  if (!parsed.success || wrong.length > 0) throw new FerryError('config.invalid', { problem: wrong.join('; ') });
  return toConfig(parsed.data);
}

function toConfig(read: z.infer<typeof Environment>): Config {
  const secret = (text: string | undefined) => (text === undefined ? null : new Secret(text.trim()));
  return {
    port: read.PORT,
    host: read.HOST,
    databaseUrl: read.DATABASE_URL ?? null,
    redisUrl: read.REDIS_URL ?? null,
    home: path.resolve(read.FERRY_HOME ?? path.join(os.homedir(), '.cacheferry')),
    secretKey: secret(read.FERRY_SECRET_KEY),
    adminPassword: read.FERRY_ADMIN_PASSWORD === undefined ? null : new Secret(read.FERRY_ADMIN_PASSWORD),
    fileRoots: read.FERRY_FILE_ROOTS,
    allowedHosts: read.FERRY_ALLOWED_HOSTS,
    role: read.FERRY_ROLE,
    logLevel: read.LOG_LEVEL,
  };
}
