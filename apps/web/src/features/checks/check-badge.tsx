import type { CheckState } from '@cacheferry/contract';
import {
  IconAlertOctagon,
  IconCheck,
  IconClock,
  IconEqualNot,
  type Icon,
  IconPlayerStop,
  IconRefresh,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Badge, type Tone } from '../../ui/badge.tsx';

const looks: Record<CheckState, { tone: Tone; icon: Icon }> = {
  queued: { tone: 'idle', icon: IconClock },
  running: { tone: 'run', icon: IconRefresh },
  consistent: { tone: 'ok', icon: IconCheck },
  inconsistent: { tone: 'bad', icon: IconEqualNot },
  stopped: { tone: 'idle', icon: IconPlayerStop },
  failed: { tone: 'bad', icon: IconAlertOctagon },
};

/** The state of a full check as a word with its icon. */
export function CheckBadge({ state }: { state: CheckState }) {
  const { t } = useTranslation();
  const { tone, icon } = looks[state];
  return (
    <Badge tone={tone} icon={icon}>
      {t(`check.state.${state}`)}
    </Badge>
  );
}
