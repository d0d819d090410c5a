import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AddressFields as Fields } from '../../endpoints/address/address-fields.tsx';
import { faultText } from '../../endpoints/address/fault-text.ts';
import type { EndDraft, Side } from './draft.ts';
import { type EndFault, endFaults } from './draft-faults.ts';
import { setSecrets, useDraft } from './draft-store.ts';

type AddressFieldsProps = {
  side: Side;
  end: EndDraft;
  onChange: (patch: Partial<EndDraft>) => void;
  isChecked: boolean;
};

/** Where an end is and how one signs in there. What is wrong is shown once its field was left. */
export function AddressFields({ side, end, onChange, isChecked }: AddressFieldsProps) {
  const { t } = useTranslation();
  const { secrets } = useDraft();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const faults = endFaults(end, secrets[side]);
  const faultOf = (field: EndFault['field']) => {
    const fault = faults.find((one) => one.field === field);
    const isShown = isChecked || left.has(field) || fault?.reason === 'again';
    return fault && isShown ? faultText(fault, t) : undefined;
  };
  return (
    <Fields
      address={end}
      secrets={secrets[side]}
      side={side}
      onChange={onChange}
      onSecret={(name, value) => setSecrets(side, { [name]: value })}
      onLeave={(field) => setLeft((before) => new Set([...before, field]))}
      faultOf={faultOf}
      secretNote={t('wizard.note.password')}
    />
  );
}
