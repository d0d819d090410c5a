import type { ErrorArea } from './spec.ts';

export const importErrors = {
  'import.unreadable': {
    http: 422,
    exit: 1,
    retry: false,
    title: 'The configuration was not understood: {problem}',
    fix: 'Give a shake.toml or redis-shake.conf of RedisShake, or an rmt.conf of redis-migrate-tool.',
  },
} as const satisfies ErrorArea;
