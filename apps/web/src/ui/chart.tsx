import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { useFormat } from '../i18n/use-format.ts';
import styles from './chart.module.css';
import { chartOptions } from './chart-options.ts';

export type ChartProps = {
  label: string;
  /** Seconds since 1970, rising. */
  times: number[];
  /** `null` is a gap: not known then. */
  values: (number | null)[];
  format: (value: number) => string;
  /** Charts of one group share their cursor. */
  group: string;
  isBinary?: boolean;
  tone: 1 | 2;
};

/** One series over time. The newest value, or the one under the cursor, stands above as text. */
export function Chart({ label, times, values, format, group, isBinary = false, tone }: ChartProps) {
  const { clock } = useFormat();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const scheme = useComputedColorScheme();
  const [at, setAt] = useState<number | null>(null);
  const latest = useRef({ times, values });
  latest.current = { times, values };
  useEffect(() => {
    const place = box.current;
    if (!place) return;
    const options = chartOptions({ width: place.clientWidth, format, clock, group, isBinary, tone, onCursor: setAt });
    const made = new uPlot(options, [latest.current.times, latest.current.values], place);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: place.clientWidth, height: made.height }));
    observer.observe(place);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
    // A new theme changes the colours that the canvas was painted with.
  }, [format, clock, group, isBinary, tone, scheme]);
  useEffect(() => {
    plot.current?.setData([times, values]);
  }, [times, values]);
  const index = at ?? values.length - 1;
  const [time, value] = [times[index], values[index]];
  return (
    <figure>
      <figcaption className={styles.readout}>
        <span className={styles.key}>
          <span className={styles.swatch} style={{ background: `var(--series-${tone})` }} />
          {label}
        </span>
        {time !== undefined && (
          <>
            <span className={styles.value}>{value === null || value === undefined ? '–' : format(value)}</span>
            <span>{clock(time * 1000)}</span>
          </>
        )}
      </figcaption>
      <div ref={box} className={styles.chart} aria-hidden />
    </figure>
  );
}
