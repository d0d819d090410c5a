import {
  IconAlertOctagon,
  IconCheck,
  IconClock,
  IconDatabaseExport,
  type Icon,
  IconPencil,
  IconPlayerPause,
  IconPlayerStop,
  IconPlugConnectedX,
  IconRefresh,
  IconSwitchHorizontal,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Badge, type Tone } from '../../ui/badge.tsx';
import type { ShownState } from './shown-state.ts';

const looks: Record<ShownState, { tone: Tone; icon: Icon }> = {
  draft: { tone: 'idle', icon: IconPencil },
  queued: { tone: 'idle', icon: IconClock },
  starting: { tone: 'run', icon: IconClock },
  full_sync: { tone: 'run', icon: IconDatabaseExport },
  catching_up: { tone: 'run', icon: IconRefresh },
  incremental_sync: { tone: 'ok', icon: IconRefresh },
  paused: { tone: 'warn', icon: IconPlayerPause },
  cutting_over: { tone: 'run', icon: IconSwitchHorizontal },
  completed: { tone: 'ok', icon: IconCheck },
  stopping: { tone: 'idle', icon: IconPlayerStop },
  stopped: { tone: 'idle', icon: IconPlayerStop },
  failed: { tone: 'bad', icon: IconAlertOctagon },
  lost: { tone: 'bad', icon: IconPlugConnectedX },
};

/** The state of a migration as a word with its icon. */
export function StateBadge({ state }: { state: ShownState }) {
  const { t } = useTranslation();
  const { tone, icon } = looks[state];
  return (
    <Badge tone={tone} icon={icon}>
      {t(`state.${state}`)}
    </Badge>
  );
}
