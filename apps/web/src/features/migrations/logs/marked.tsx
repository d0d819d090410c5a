import { Fragment } from 'react';
import styles from './log-view.module.css';

/** A text with the places marked where the search was found. */
export function Marked({ text, query }: { text: string; query: string | undefined }) {
  if (!query) return text;
  const parts: { text: string; at: number; isHit: boolean }[] = [];
  const [low, needle] = [text.toLowerCase(), query.toLowerCase()];
  let at = 0;
  for (let hit = low.indexOf(needle); hit >= 0 && parts.length < 200; hit = low.indexOf(needle, at)) {
    parts.push({ text: text.slice(at, hit), at, isHit: false });
    parts.push({ text: text.slice(hit, hit + needle.length), at: hit, isHit: true });
    at = hit + needle.length;
  }
  parts.push({ text: text.slice(at), at, isHit: false });
  return parts.map((part) =>
    part.isHit ? (
      <mark key={`${part.at}h`} className={styles.mark}>
        {part.text}
      </mark>
    ) : (
      <Fragment key={part.at}>{part.text}</Fragment>
    ),
  );
}
