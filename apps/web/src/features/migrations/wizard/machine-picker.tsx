import type { Machine } from '@cacheferry/contract';
import type { TFunction } from 'i18next';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { type Format, useFormat } from '../../../i18n/use-format.ts';
import { LinkButton } from '../../../ui/link-button.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { machinesQuery } from '../../machines/api.ts';
import { machineName } from '../../machines/machine-name.ts';
import { Choices } from './choices.tsx';
import { changeDraft, useDraft } from './draft-store.ts';
import { MoreMachines } from './more-machines.tsx';

/** The machines that can take the work; the others with the reason why not. */
export function MachinePicker() {
  const { t } = useTranslation();
  const format = useFormat();
  const { draft } = useDraft();
  const query = useQuery({ ...machinesQuery({ limit: 200, sort: 'name' }), refetchInterval: 10_000 });
  const machines = query.data?.items;
  const usable = machines?.filter((machine) => refusal(machine, t) === undefined);
  const isKnown = machines?.some((machine) => machine.id === draft.machineId) ?? true;
  const first = usable?.[0]?.id;
  useEffect(() => {
    // Nobody has chosen yet, or the chosen one is gone: the first that can.
    if ((draft.machineId === null || !isKnown) && first !== undefined) changeDraft({ machineId: first });
  }, [draft.machineId, isKnown, first]);
  useEffect(() => {
    const left = draft.moreMachines.filter((id) => machines?.some((machine) => machine.id === id) ?? true);
    if (left.length < draft.moreMachines.length) changeDraft({ moreMachines: left });
  }, [draft.moreMachines, machines]);
  return (
    <QueryView query={query}>
      {({ items }) => (
        <div className="stack-tight">
          <Choices
            name="machine"
            label={t('wizard.machineTitle')}
            value={draft.machineId}
            onChange={(machineId) => changeDraft({ machineId })}
            choices={items.map((machine) => ({
              value: machine.id,
              label: machineName(machine, t),
              note: refusal(machine, t) ?? roomOf(machine, t, format),
              isOff: refusal(machine, t) !== undefined,
            }))}
          />
          <MoreMachines
            machines={items.map((machine) => ({
              id: machine.id,
              label: machineName(machine, t),
              note: refusal(machine, t) ?? roomOf(machine, t, format),
              isOff: refusal(machine, t) !== undefined,
            }))}
          />
          {usable?.length === 0 && (
            <div className="spread">
              <p className="muted">{t('wizard.noMachine')}</p>
              <LinkButton to="/machines" variant="default">
                {t('place.machines')}
              </LinkButton>
            </div>
          )}
        </div>
      )}
    </QueryView>
  );
}

/** Why a machine cannot take work now. */
function refusal(machine: Machine, t: TFunction): string | undefined {
  if (machine.isDraining) return t('machine.draining');
  return machine.state === 'ready' ? undefined : t(`machine.state.${machine.state}`);
}

function roomOf({ running, slots, facts }: Machine, t: TFunction, format: Format): string {
  const room = t('wizard.slotsFree', { free: Math.max(0, slots - running), count: slots });
  if (!facts) return room;
  return `${room} · ${t('wizard.roomFree', { memory: format.bytes(facts.memoryAvailableBytes), disk: format.bytes(facts.diskFreeBytes) })}`;
}
