/** One line of a metric: its labels and its value. */
export type Sample = { labels?: Record<string, string>; value: number };
export type Metric = { name: string; help: string; type: 'gauge' | 'counter' | 'histogram'; samples: Sample[] };

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/**
 * Metrics in Prometheus' text format.
 *
 * Spec: Prometheus exposition format 0.0.4.
 */
export function writeMetrics(metrics: readonly Metric[]): string {
  return metrics.map(writeMetric).join('');
}

function writeMetric({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ labels = {}, value }) => {
    const { suffix = '', ...rest } = labels;
    const pairs = Object.entries(rest).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    return `${name}${suffix}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

const bounds = [0.005, 0.025, 0.1, 0.5, 2.5, 10];

/** Counts how long requests took, by method and status. */
export function createRequestTimes() {
  const series = new Map<string, { method: string; status: string; counts: number[]; sum: number; total: number }>();
  return {
    add: (method: string, status: number, seconds: number): void => {
      const key = `${method} ${status}`;
      const entry = series.get(key) ?? {
        method,
        status: String(status),
        counts: bounds.map(() => 0),
        sum: 0,
        total: 0,
      };
      series.set(key, entry);
      entry.counts = entry.counts.map((count, at) => count + (seconds <= (bounds[at] ?? 0) ? 1 : 0));
      entry.sum += seconds;
      entry.total++;
    },
    read: (): Metric => ({
      name: 'ferry_http_request_seconds',
      help: 'How long requests took.',
      type: 'histogram',
      samples: [...series.values()].flatMap(({ method, status, counts, sum, total }) => [
        ...counts.map((value, at) => ({
          labels: { suffix: '_bucket', method, status, le: String(bounds[at]) },
          value,
        })),
        { labels: { suffix: '_bucket', method, status, le: '+Inf' }, value: total },
        { labels: { suffix: '_sum', method, status }, value: sum },
        { labels: { suffix: '_count', method, status }, value: total },
      ]),
    }),
  };
}
export type RequestTimes = ReturnType<typeof createRequestTimes>;
