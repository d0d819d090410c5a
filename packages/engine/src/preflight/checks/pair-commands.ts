import { type Check, type CheckContext, type Finding, sourceServer } from '../check.ts';
import type { Info } from '../info.ts';

/** Commands on several keys, which a cluster runs only where all of them are in one slot. */
const severalKeys = new Set(
  'msetnx mget mset rename renamenx smove sinterstore sunionstore sdiffstore zinterstore zunionstore zdiffstore zrangestore rpoplpush brpoplpush lmove blmove lmpop blmpop zmpop bzmpop blpop brpop bzpopmin bzpopmax bitop pfmerge copy georadius geosearchstore sort eval evalsha fcall exec'.split(
    ' ',
  ),
);
/** Commands about all keys or another database, which a cluster refuses or runs on one server only. */
const wholeServer = new Set(['flushall', 'flushdb', 'swapdb', 'move']);

/** What clients of the source do that a cluster does not take as it is. */
export const pairCommands: Check = {
  id: 'pair.commands',
  scope: 'pair',
  outcomes: {
    none: { status: 'pass', message: 'Clients of the source use no commands that a cluster treats otherwise' },
    across_slots: {
      status: 'warn',
      message:
        'Clients of the source use commands that a cluster runs only on keys of one slot, or on one server only ({commands}, by the day)',
      fix: 'Give keys that belong together a common {tag} in their names before clients move. The migration itself splits what can be split.',
    },
    unknown: { status: 'pass', message: 'The source does not tell which commands its clients use' },
  },
  applies: (context) =>
    sourceServer(context) && context.target.endpoint.kind === 'cluster' && context.source.endpoint.kind !== 'cluster',
  run: async ({ source }: CheckContext) =>
    judgeCommands(await Promise.all((await source.nodes()).map((node) => node.info()))),
};

/** Calls per day since the server started, the most frequent first. */
export function judgeCommands(infos: readonly Info[]): Finding {
  const expected = 'keys of one slot';
  const perDay = new Map<string, number>();
  for (const info of infos) {
    const days = Math.max(1 / 24, (info.number('uptime_in_seconds') ?? 0) / 86_400);
    for (const [name, calls] of info.calls()) {
      if (!severalKeys.has(name) && !wholeServer.has(name)) continue;
      perDay.set(name, (perDay.get(name) ?? 0) + calls / days);
    }
  }
  if (infos.every((info) => info.calls().size === 0)) return { outcome: 'unknown', observed: 'unknown', expected };
  const sorted = [...perDay].sort(([, a], [, b]) => b - a).slice(0, 12);
  const commands = sorted.map(([name, calls]) => `${name.toUpperCase()} ${Math.ceil(calls)}`).join(', ');
  const outcome = sorted.length > 0 ? 'across_slots' : 'none';
  return { outcome, observed: commands || 'none', expected, facts: { commands, tag: '{tag}' } };
}
