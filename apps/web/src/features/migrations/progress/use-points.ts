import { isEnded, type Metrics, type Migration } from '@cacheferry/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { metricsQuery } from '../api.ts';
import { addPoint, type Point, pointOf } from './points.ts';
import { type Range, ranges } from './ranges.ts';

/** The points of a range as the server kept them, and what has come by the stream since. */
export function usePoints(migration: Migration, range: Range) {
  const { ms, step } = ranges[range];
  const end = isEnded(migration.state) ? migration.endedAt : null;
  const query = useQuery({ ...metricsQuery(migration.id, { ms, step, end }), refetchInterval: end ? false : 60_000 });
  const live = useLivePoints(migration, step);
  const points = useMemo(() => join(query.data, live), [query.data, live]);
  return { query, points };
}

function useLivePoints({ snapshot }: Migration, step: number): Point[] {
  const [points, setPoints] = useState<Point[]>([]);
  const lastAt = useRef<string>(undefined);
  useEffect(() => {
    if (!snapshot || snapshot.updatedAt === lastAt.current) return;
    lastAt.current = snapshot.updatedAt;
    setPoints((before) => addPoint(before, pointOf(snapshot), step));
  }, [snapshot, step]);
  return points;
}

function join(stored: Metrics | undefined, live: Point[]): Point[] {
  const base = stored?.points ?? [];
  const last = base.at(-1)?.at ?? '';
  return [...base, ...live.filter((point) => point.at > last)];
}
