import { lookupCommand } from '@cacheferry/commands';
import type { MigrationRules } from '../rules/migration-rules.ts';

/** What the rules do with a command, told by its name. */
export type CommandPlan = {
  kind: 'pass' | 'drop' | 'one_key' | 'keys' | 'flush' | 'unknown';
  /** In upper case. */
  name: string;
  /** Position of the only key. */
  keyAt: number;
};

/** Commands of the stream itself, and code: they have no keys. */
const passing = new Set([
  ...['select', 'multi', 'exec', 'ping', 'replconf', 'opinfo', 'cluster', 'publish', 'spublish'],
  ...['function', 'script', 'trimslots'],
]);
const own = new Set(['select', 'multi', 'exec']);
const maxKnown = 4_096;

/** Remembers the plan of each name, looked up by its bytes: no string is made for one that was seen before. */
export class CommandPlans {
  readonly #rules: MigrationRules;
  readonly #byHash = new Map<number, { name: Buffer; plan: CommandPlan }[]>();
  #known = 0;

  constructor(rules: MigrationRules) {
    this.#rules = rules;
  }

  planOf(buffer: Buffer, start: number, end: number): CommandPlan {
    let hash = end - start;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (buffer[at] as number)) | 0;
    const known = this.#byHash.get(hash);
    if (known) for (const { name, plan } of known) if (name.compare(buffer, start, end) === 0) return plan;
    const name = Buffer.from(buffer.subarray(start, end));
    const plan = planCommand(name, this.#rules);
    if (this.#known++ < maxKnown) this.#byHash.set(hash, [...(known ?? []), { name, plan }]);
    return plan;
  }
}

function planCommand(bytes: Buffer, rules: MigrationRules): CommandPlan {
  const name = bytes.subarray(0, 64).toString('latin1').toLowerCase();
  const spec = lookupCommand(bytes);
  const plan = (kind: CommandPlan['kind'], keyAt = 0) => ({ kind, name: name.toUpperCase(), keyAt });
  if (!own.has(name) && !rules.takesCommand(name, spec?.group ?? 'module')) return plan('drop');
  if (passing.has(name)) return plan('pass');
  if (name === 'flushall' || name === 'flushdb') return plan('flush');
  if (!spec) return plan('unknown');
  return spec.keyAt > 0 && name !== 'move' ? plan('one_key', spec.keyAt) : plan('keys');
}
