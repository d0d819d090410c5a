import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { FieldGroup } from '../../../ui/field-group.tsx';
import { machinesOf } from './draft-input.ts';
import { changeDraft, useDraft } from './draft-store.ts';
import { useSourceShards } from './use-source-shards.ts';

type Offered = { id: string; label: string; note: string; isOff: boolean };

/** Further machines that share the shards of the source with the first; what they are good for stands beside them. */
export function MoreMachines({ machines }: { machines: Offered[] }) {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const shards = useSourceShards();
  const others = machines.filter(({ id }) => id !== draft.machineId);
  if (draft.machineId === null || others.length === 0) return null;
  const chosen = draft.moreMachines.filter((id) => others.some((one) => one.id === id));
  const spare = shards === null ? 0 : Math.max(0, machinesOf({ ...draft, moreMachines: chosen }).length - shards);
  const change = (id: string, isChosen: boolean) =>
    changeDraft({ moreMachines: isChosen ? [...chosen, id] : chosen.filter((one) => one !== id) });
  return (
    <FieldGroup
      legend={t('wizard.moreMachines')}
      note={t(shards === 1 ? 'wizard.moreMachinesOne' : 'wizard.moreMachinesNote')}
    >
      {others.map(({ id, label, note, isOff }) => (
        <Checkbox
          key={id}
          label={label}
          description={note}
          checked={chosen.includes(id)}
          disabled={isOff && !chosen.includes(id)}
          onChange={(event) => change(id, event.currentTarget.checked)}
        />
      ))}
      {chosen.length > 0 && spare > 0 && (
        <p role="status">
          {t('wizard.spareMachines', { count: spare, shards: t('quantity.shards', { count: shards ?? 0 }) })}
        </p>
      )}
    </FieldGroup>
  );
}
