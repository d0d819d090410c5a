import {
  IconArrowsExchange,
  IconChecklist,
  IconDatabase,
  IconHistory,
  type Icon,
  IconServer2,
  IconSettings,
} from '@tabler/icons-react';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { activeCountQuery } from '../../features/migrations/api.ts';
import { sessionQuery } from '../../features/session/api.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { Mark } from '../../ui/mark.tsx';
import styles from './shell.module.css';

type Place = {
  to: string;
  label: 'migrations' | 'checks' | 'machines' | 'endpoints' | 'history' | 'settings';
  icon: Icon;
};

const places: Place[] = [
  { to: '/migrations', label: 'migrations', icon: IconArrowsExchange },
  { to: '/checks', label: 'checks', icon: IconChecklist },
  { to: '/machines', label: 'machines', icon: IconServer2 },
  { to: '/endpoints', label: 'endpoints', icon: IconDatabase },
  { to: '/history', label: 'history', icon: IconHistory },
];
const settings: Place = { to: '/settings', label: 'settings', icon: IconSettings };

/** The places of the product. */
export function Rail({ onLeave }: { onLeave: () => void }) {
  const { t } = useTranslation();
  const session = useSuspenseQuery(sessionQuery).data;
  const { data: running } = useQuery(activeCountQuery);
  const shown = session.user.role === 'admin' ? [...places, settings] : places;
  return (
    <div className={styles.rail} id="rail">
      <Link to="/migrations" className={styles.brand} onClick={onLeave}>
        <Mark size={24} />
        cacheferry
      </Link>
      <nav aria-label={t('shell.places')} className={styles.links}>
        {shown.map((place) => (
          <PlaceLink
            key={place.to}
            place={place}
            onLeave={onLeave}
            count={place.label === 'migrations' ? running : 0}
          />
        ))}
      </nav>
      <p className={styles.foot}>{t('shell.version', { version: session.version })}</p>
    </div>
  );
}

type PlaceLinkProps = { place: Place; onLeave: () => void; count: number | undefined };

function PlaceLink({ place: { to, label, icon: Icon }, onLeave, count }: PlaceLinkProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Link to={to} className={styles.link} onClick={onLeave} activeOptions={{ includeSearch: false }}>
      <Icon size={18} stroke={1.7} aria-hidden />
      {t(`place.${label}`)}
      {count ? (
        <span className={styles.count}>
          {format.count(count)}
          <span className="visually-hidden"> {t('shell.running')}</span>
        </span>
      ) : null}
    </Link>
  );
}
