import type { RepairResult } from '@cacheferry/contract';
import { IconAlertTriangle, IconTool } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { cx } from '../../../ui/cx.ts';
import { repairText } from '../repair-text.ts';
import { classLabel } from './class-label.ts';
import styles from './verdict.module.css';

/** What a repair did, with the repaired keys by what was wrong with them. */
export function RepairNote({ repair }: { repair: RepairResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const isWhole = repair.keysRepaired === repair.keysFound;
  const kinds = Object.entries(repair.classes).map(([name, count]) => `${classLabel(name, t)} ${format.count(count)}`);
  const Mark = isWhole ? IconTool : IconAlertTriangle;
  return (
    <div className={cx(styles.verdict, isWhole ? styles.ok : styles.partial)}>
      <Mark size={20} aria-hidden />
      <div>
        <p>{repairText(repair, t, format)}</p>
        {kinds.length > 0 && <p className={styles.kinds}>{kinds.join(' · ')}</p>}
      </div>
    </div>
  );
}
