import { counted } from '@cacheferry/kernel';
import { readLibraries } from '@cacheferry/resp';
import { bothServers, type Check, type CheckContext, type Finding } from '../check.ts';

/** Libraries of functions: they are part of the data from 7.0 on. */
export const pairFunctions: Check = {
  id: 'pair.functions',
  scope: 'pair',
  outcomes: {
    none: { status: 'pass', message: 'The source has no libraries of functions' },
    copied: { status: 'pass', message: '{count} {count|library|libraries} of functions will be copied' },
    differing: {
      status: 'warn',
      message: 'The target has libraries of the same name with other code ({libraries}): they will be replaced',
      fix: 'Make sure that this is meant.',
    },
    kept: {
      status: 'warn',
      message: 'The target has libraries of the same name with other code ({libraries}): they stay as they are',
      fix: 'Make sure that this is meant.',
    },
    taken: {
      status: 'fail',
      message: 'The target has libraries of the same name with other code ({libraries})',
      fix: 'Delete them there (FUNCTION DELETE), or choose --on-conflict overwrite or --on-conflict skip.',
    },
    accepted: {
      status: 'warn',
      message: '{count} {count|library|libraries} of functions {count|is|are} left out: the target is older than 7.0',
      fix: 'Upgrade the target if they are needed.',
    },
    unsupported: {
      status: 'fail',
      message: 'The source has {count} {count|library|libraries} of functions, and the target is older than 7.0',
      fix: 'Upgrade the target, or accept their loss: --accept function.',
      overridable: true,
    },
  },
  applies: (context) => bothServers(context) && context.rules?.takesCommand('function', 'scripting') !== false,
  run: async (context) => {
    const source = (await librariesOf(context.source)) ?? new Map<string, string>();
    const target = await librariesOf(context.target);
    return judgeFunctions(source, target, context);
  },
};

const outcomeOf = { fail: 'taken', skip: 'kept', overwrite: 'differing' } as const;

type Libraries = ReadonlyMap<string, string>;

/** `target` null: it knows no functions. */
export function judgeFunctions(
  source: Libraries,
  target: Libraries | null,
  { options }: Pick<CheckContext, 'options'>,
): Finding {
  const count = source.size;
  const observed = counted(count, 'library', 'libraries');
  if (count === 0) return { outcome: 'none', observed, expected: 'any' };
  const facts = { count, libraries: '' };
  if (target === null)
    return {
      outcome: options.accept.includes('function') ? 'accepted' : 'unsupported',
      observed,
      expected: 'a target from 7.0 on',
      facts,
    };
  const differing = [...source].filter(([name, code]) => target.has(name) && target.get(name) !== code);
  const libraries = differing.map(([name]) => name).join(', ');
  const outcome = libraries ? outcomeOf[options.onConflict] : 'copied';
  return { outcome, observed, expected: 'any', facts: { ...facts, libraries } };
}

async function librariesOf(end: CheckContext['source']): Promise<Map<string, string> | null> {
  const lists = await Promise.all((await end.nodes()).map((node) => node.ask('FUNCTION', 'LIST', 'WITHCODE')));
  const read = lists.map(readLibraries);
  if (read.includes(null)) return null;
  return new Map(
    read.flatMap((libraries) => [...(libraries ?? [])].map(([name, code]) => [name, String(code)] as const)),
  );
}
