import { Role } from '@cacheferry/contract';
import { NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** One of the three roles, with what it may do. */
export function RoleSelect({ role, onChange }: { role: Role; onChange: (role: Role) => void }) {
  const { t } = useTranslation();
  return (
    <NativeSelect
      label={t('user.role')}
      description={t(`user.roleNote.${role}`)}
      value={role}
      onChange={(event) => onChange(event.currentTarget.value as Role)}
      data={Role.options.map((value) => ({ value, label: t(`role.${value}`) }))}
    />
  );
}
