import type { Reply } from '@cacheferry/resp';
import { bothServers, type Check, type CheckContext, type Finding } from '../check.ts';
import { sampleKeys } from '../sample.ts';

/** Of Valkey 9.1: runs scripts, which other servers do without a module; has no types. */
const scripting = 'lua';
const ordinary = new Set(['string', 'list', 'set', 'zset', 'hash', 'stream', 'none']);

/** Types of values that come from modules. */
export const pairModules: Check = {
  id: 'pair.modules',
  scope: 'pair',
  outcomes: {
    none: { status: 'pass', message: 'The source uses no types of modules that the target lacks' },
    unused: {
      status: 'warn',
      message:
        'The source has modules that the target lacks ({modules}); no value of theirs was seen among {sampled} {sampled|key|keys}',
      fix: 'Load them on the target if their types are in use.',
    },
    accepted: {
      status: 'warn',
      message: 'Values of modules that the target lacks are left out ({types})',
      fix: 'Load the modules on the target if they are needed.',
    },
    in_use: {
      status: 'fail',
      message: 'The source has values of modules that the target lacks ({types})',
      fix: 'Load the modules on the target, leave those keys out (--exclude), or accept their loss: --accept module.',
      overridable: true,
    },
  },
  applies: bothServers,
  run: async (context) => {
    const [source, target] = [await modulesOf(context.source), await modulesOf(context.target)];
    const sample = await sampleKeys(context.source);
    const types = [...new Set((sample?.keys ?? []).map(({ type }) => type))].filter((type) => !ordinary.has(type));
    const use = { types, sampled: sample?.keys.length ?? 0, accepted: context.options.accept.includes('module') };
    return judgeModules(
      source.filter((name) => !target.includes(name) && name !== scripting),
      use,
    );
  },
};

export type ModuleUse = { types: readonly string[]; sampled: number; accepted: boolean };

/** A type is only lost when its module is; the name of a type does not tell whose it is. */
export function judgeModules(lacking: readonly string[], { types, sampled, accepted }: ModuleUse): Finding {
  const facts = { modules: lacking.join(', '), types: types.join(', '), sampled };
  const expected = 'the same modules';
  if (lacking.length === 0) return { outcome: 'none', observed: 'none lacking', expected, facts };
  if (types.length === 0) return { outcome: 'unused', observed: `lacking: ${facts.modules}`, expected, facts };
  return { outcome: accepted ? 'accepted' : 'in_use', observed: `in use: ${facts.types}`, expected, facts };
}

/** Names that every node of the end has, or any of them. Servers before 4.0 have none. */
async function modulesOf(end: CheckContext['source']): Promise<string[]> {
  const lists = await Promise.all((await end.nodes()).map((node) => node.ask('MODULE', 'LIST')));
  return [...new Set(lists.flatMap((reply) => (Array.isArray(reply) ? reply.map(nameOf) : [])))];
}

function nameOf(module: Reply): string {
  if (!Array.isArray(module)) return '';
  const at = module.findIndex((part, index) => index % 2 === 0 && String(part) === 'name');
  return at < 0 ? '' : String(module[at + 1]).toLowerCase();
}
