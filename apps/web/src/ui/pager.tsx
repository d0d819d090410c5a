import { Button } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';

type PagerProps = {
  /** How many rows stand before this page. */
  skipped: number;
  shown: number;
  total: number;
  hasNext: boolean;
  onFirst: () => void;
  onPrevious: () => void;
  onNext: () => void;
};

/** Where in a long list this page is, and the way to the next. */
export function Pager({ skipped, shown, total, hasNext, onFirst, onPrevious, onNext }: PagerProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [from, to] = [format.count(shown === 0 ? 0 : skipped + 1), format.count(skipped + shown)];
  if (skipped === 0 && !hasNext) return <p className="muted num">{t('pager.all', { number: format.count(total) })}</p>;
  return (
    <nav className="spread" aria-label={t('pager.label')}>
      <p className="muted num">{t('pager.range', { from, to, total: format.count(total) })}</p>
      <div className="row">
        <Button size="compact-sm" variant="default" disabled={skipped === 0} onClick={onFirst}>
          {t('pager.first')}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          disabled={skipped === 0}
          onClick={onPrevious}
          leftSection={<IconChevronLeft size={14} aria-hidden />}
        >
          {t('pager.previous')}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          disabled={!hasNext}
          onClick={onNext}
          rightSection={<IconChevronRight size={14} aria-hidden />}
        >
          {t('pager.next')}
        </Button>
      </div>
    </nav>
  );
}
