import uPlot from 'uplot';

type ChartOptions = {
  width: number;
  format: (value: number) => string;
  clock: (at: number) => string;
  group: string;
  /** Ticks at powers of two, as bytes are written. */
  isBinary: boolean;
  tone: 1 | 2;
  onCursor: (index: number | null) => void;
};

const powersOfTwo = Array.from({ length: 52 }, (_, power) => 2 ** power);

/** How a chart is drawn: colours from the theme, values with their unit at the axis, time in the own zone. */
export function chartOptions({ width, format, clock, group, isBinary, tone, onCursor }: ChartOptions): uPlot.Options {
  const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--muted'),
    font: '11px system-ui',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: 190,
    padding: [8, 28, 0, 0],
    legend: { show: false },
    scales: { y: { range: (_, min, max) => [Math.min(0, min ?? 0), nice(max ?? 0)] } },
    cursor: { sync: { key: group }, points: { size: 7 }, drag: { x: true, y: false } },
    axes: [
      { ...axis, space: 80, size: 26, values: (_, ticks) => ticks.map((tick) => clock(tick * 1000)) },
      {
        ...axis,
        size: 76,
        space: 36,
        values: (_, ticks) => ticks.map(format),
        ...(isBinary ? { incrs: powersOfTwo } : {}),
      },
    ],
    series: [{}, { stroke: colour(`--series-${tone}`), width: 1.5, points: { show: false }, spanGaps: false }],
    hooks: { setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)] },
  };
}

/** A top for the axis with some air; never so low that ticks would fall between whole bytes or milliseconds. */
function nice(max: number): number {
  return Math.max(10, max * 1.1);
}
