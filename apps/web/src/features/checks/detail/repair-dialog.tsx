import type { Check } from '@cacheferry/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { newIdempotencyKey } from '../../../app/http/request.ts';
import { useFormat } from '../../../i18n/use-format.ts';
import { Badge } from '../../../ui/badge.tsx';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { Facts } from '../../../ui/facts.tsx';
import { migrationQuery } from '../../migrations/api.ts';
import { endpointName } from '../../migrations/route-text.tsx';
import { repairCheck } from '../api.ts';
import { checkKeys } from '../keys.ts';
import { repairPlan } from './repair-plan.ts';

/** Repair writes to the target: what it will do in numbers, and the name of the migration typed. */
export function RepairDialog({ check, onClose }: { check: Check; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const key = useRef(newIdempotencyKey());
  const { data: migration } = useQuery(migrationQuery(check.migrationId));
  const repair = useMutation({
    mutationFn: () => repairCheck(check.id, key.current),
    onSuccess: (next) => {
      queryClient.setQueryData(checkKeys.one(next.id), next);
      void queryClient.invalidateQueries({ queryKey: checkKeys.all });
      onClose();
      void navigate({ to: '/checks/$id', params: { id: next.id } });
    },
  });
  const target = migration ? endpointName(migration.target) : t('check.theTarget');
  const plan = repairPlan(check.conflicts);
  const number = (value: number) => format.count(value);
  return (
    <ConfirmDialog
      title={t('check.repairTitle')}
      isOpen
      onClose={onClose}
      confirmLabel={t('check.repair')}
      onConfirm={() => repair.mutate()}
      isBusy={repair.isPending}
      error={repair.error}
      typed={check.migrationName}
      isDangerous
    >
      <p>{t('check.repairLead', { target })}</p>
      <Facts
        facts={[
          plan.copy > 0 && [t('check.plan.copy'), number(plan.copy)],
          plan.expiry > 0 && [t('check.plan.expiry'), number(plan.expiry)],
          plan.remove > 0 && [t('check.plan.remove'), number(plan.remove)],
          plan.unreadable > 0 && [t('check.plan.unreadable'), number(plan.unreadable)],
        ]}
      />
      {plan.remove > 0 && (
        <Badge tone="bad">{t('check.removes', { count: plan.remove, number: number(plan.remove) })}</Badge>
      )}
      <p className="muted">{t('check.repairAfter')}</p>
    </ConfirmDialog>
  );
}
