import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type MachineFault, type MachineFields, machineFaults } from './machine-fields.ts';

/** The fields of a machine with what is wrong in them; a fault shows once its field was left, or all when asked. */
export function useMachineFields(initial: MachineFields, isRelevant: (fault: MachineFault) => boolean = () => true) {
  const { t } = useTranslation();
  const [fields, setFields] = useState(initial);
  const [shown, setShown] = useState<ReadonlySet<string>>(new Set());
  const faults = machineFaults(fields).filter(isRelevant);
  return {
    fields,
    faults,
    onChange: (patch: Partial<MachineFields>) => setFields((before) => ({ ...before, ...patch })),
    onTouch: (field: string) => setShown((before) => new Set([...before, field])),
    showAll: () => setShown(new Set(Object.keys(fields))),
    faultOf: (field: keyof MachineFields) => {
      const fault = shown.has(field) ? faults.find((one) => one.field === field) : undefined;
      return fault && t(`machine.fault.${fault.reason}`);
    },
  };
}
