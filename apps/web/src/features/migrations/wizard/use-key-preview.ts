import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { previewKeys } from '../../endpoints/api.ts';
import { machinesQuery } from '../../machines/api.ts';
import type { Draft, Secrets } from './draft.ts';
import { optionFaults } from './draft-faults.ts';
import { optionsOf, refOf } from './draft-input.ts';
import { useDraft } from './draft-store.ts';

/** Long enough that a rule is typed to its end, short enough to be called live. */
const patienceMs = 500;

/** What the rules make of keys of the source, asked anew when they change. */
export function useKeyPreview() {
  const { draft, secrets } = useDraft();
  const { data: machines } = useQuery(machinesQuery({ limit: 200 }));
  const ready = machines?.items.filter((machine) => machine.state === 'ready') ?? [];
  const machine = ready.find((one) => one.id === draft.machineId) ?? ready[0];
  const [rules] = useDebouncedValue(JSON.stringify(rulesIn(draft)), patienceMs);
  const source = sourceOf(draft, secrets);
  const hasRules = Object.values(rulesIn(draft)).some((list) => list.length > 0);
  const isEnabled = hasRules && source !== undefined && machine !== undefined && optionFaults(draft).length === 0;
  const query = useQuery({
    // Passwords are no part of the name of a query.
    queryKey: ['key-preview', draft.source, machine?.id, rules],
    queryFn: ({ signal }) => {
      if (!source || !machine) throw new Error('asked without a source or a machine');
      const options = { ...optionsOf(draft), ...(JSON.parse(rules) as ReturnType<typeof rulesIn>) };
      return previewKeys({ source, machineId: machine.id, options }, signal);
    },
    enabled: isEnabled,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
  return { ...query, hasRules, canAsk: source !== undefined && machine !== undefined };
}

function rulesIn(draft: Draft) {
  const { filter, exclude, keyPrefix, dbMap } = optionsOf(draft);
  return { filter, exclude, keyPrefix, dbMap };
}

/** Files have no server that could be asked for some of their keys. */
function sourceOf(draft: Draft, secrets: Secrets) {
  const { kind, how } = draft.source;
  if (how === 'address' && kind !== 'standalone' && kind !== 'sentinel' && kind !== 'cluster') return undefined;
  return refOf(draft.source, secrets.source);
}
