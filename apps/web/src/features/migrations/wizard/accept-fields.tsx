import { LostClass } from '@cacheferry/contract';
import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { FieldGroup } from '../../../ui/field-group.tsx';
import type { Draft } from './draft.ts';
import { changeDraft } from './draft-store.ts';

/** What may be left behind without the run ending as incomplete. */
export function AcceptFields({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  const toggle = (name: LostClass, isOn: boolean) =>
    changeDraft({ accept: isOn ? [...draft.accept, name] : draft.accept.filter((one) => one !== name) });
  return (
    <FieldGroup legend={t('option.accept')} note={t('option.note.accept')}>
      {LostClass.options.map((name) => (
        <Checkbox
          key={name}
          label={t(`lost.${name}`)}
          checked={draft.accept.includes(name)}
          onChange={(event) => toggle(name, event.currentTarget.checked)}
        />
      ))}
    </FieldGroup>
  );
}
