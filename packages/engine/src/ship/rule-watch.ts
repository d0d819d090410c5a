import type { BatchWriter } from './batch-writer.ts';
import type { RuleWatch } from './ruled-commands.ts';
import type { ShipDeps } from './ship-deps.ts';

/** Tells what the rules leave out: each kind of command once; what could not be applied counts as lost. */
export function ruleWatch({ log, errors }: ShipDeps, committer: BatchWriter): RuleWatch {
  const told = new Set<string>();
  return {
    onDropped: (command) => {
      if (told.has(command)) return;
      told.add(command);
      log.info('Commands of this name are left out, as a rule says', { command });
    },
    onPartial: (command, db, isMended) => {
      errors.add('filter.partial');
      if (isMended) return;
      const detail = 'it joins keys inside and outside of the rules';
      committer.lose({ class: 'command', count: 1, db, command, detail });
    },
  };
}
