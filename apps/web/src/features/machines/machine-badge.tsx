import type { Machine } from '@cacheferry/contract';
import {
  IconCheck,
  IconFolderOff,
  IconFingerprint,
  type Icon,
  IconKeyOff,
  IconPlugConnectedX,
  IconQuestionMark,
  IconShieldX,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Badge, type Tone } from '../../ui/badge.tsx';

const looks: Record<Machine['state'], { tone: Tone; icon: Icon }> = {
  untrusted: { tone: 'warn', icon: IconFingerprint },
  unknown: { tone: 'idle', icon: IconQuestionMark },
  ready: { tone: 'ok', icon: IconCheck },
  not_writable: { tone: 'bad', icon: IconFolderOff },
  unreachable: { tone: 'bad', icon: IconPlugConnectedX },
  auth_failed: { tone: 'bad', icon: IconKeyOff },
  host_key_changed: { tone: 'bad', icon: IconShieldX },
};

/** The state of a machine, and that it drains. */
export function MachineBadge({ machine }: { machine: Pick<Machine, 'state' | 'isDraining'> }) {
  const { t } = useTranslation();
  const { tone, icon } = looks[machine.state];
  return (
    <span className="row">
      <Badge tone={tone} icon={icon}>
        {t(`machine.state.${machine.state}`)}
      </Badge>
      {machine.isDraining && <Badge tone="warn">{t('machine.draining')}</Badge>}
    </span>
  );
}
