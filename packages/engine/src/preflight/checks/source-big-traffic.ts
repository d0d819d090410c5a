import { printableKey } from '@cacheferry/kernel';
import { type Check, type CheckContext, type Finding, followsValues, onEachNode, sourceServer } from '../check.ts';
import { measureKeys, type PlacedSize } from '../measure-keys.ts';
import type { ServerNode } from '../server-node.ts';
import { speedOfLine } from '../speed-of-line.ts';
import { formatBytes, kib } from '../units.ts';
import { watchWrites } from '../watch-writes.ts';

const lookOnMs = 1_000;
const bigBytes = 64 * kib;
const mostKeys = 50;

/** Big values that are written again and again: each of these writes may carry all of the value. */
export const sourceBigTraffic: Check = {
  id: 'source.big_traffic',
  scope: 'source',
  isSlow: true,
  outcomes: {
    small: { status: 'pass', message: 'None of the sampled keys of {endpoint} is large enough to matter' },
    little: { status: 'pass', message: '{watched} big keys of {endpoint} were watched: they carry {traffic} a second' },
    much: {
      status: 'warn',
      message:
        'Big keys of {endpoint} are written so often that they carry {traffic} a second, of {bandwidth} that the line takes: {keys}',
      fix: 'Leave those keys out (--exclude) and move them last, or start at a quiet hour.',
    },
    unknown: { status: 'pass', message: '{endpoint} does not tell how often its big keys are written' },
  },
  applies: (context) => sourceServer(context) && context.job.mode === 'sync',
  run: async (context) => {
    const sizes = await measureKeys(context.source);
    return onEachNode(context.source, (node) => watch(node, sizes, context));
  },
};

async function watch(node: ServerNode, sizes: PlacedSize[] | null, context: CheckContext): Promise<Finding> {
  if (sizes === null) return judgeTraffic(null, 0);
  const { clock, signal } = context;
  const isWhole = carriesWhole(context);
  const big = sizes
    .filter((one) => one.node === node && one.bytes >= bigBytes && isWhole(one.type))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, mostKeys);
  if (big.length === 0) return judgeTraffic([], 0);
  const [start, keys] = [clock.monotonic(), big.map(({ key }) => key)];
  const writes = await watchWrites(node, keys, { clock, ms: lookOnMs, signal });
  if (writes === null) return judgeTraffic(null, 0);
  const seconds = (clock.monotonic() - start) / 1_000;
  const traffic = big.map(({ key, bytes }, at) => ({ key, bytes, perSecond: (writes[at] ?? 0) / seconds }));
  if (traffic.every(({ perSecond }) => perSecond === 0)) return judgeTraffic(traffic, 0);
  const { bytesPerSecond } = await speedOfLine(node, clock);
  return typeof bytesPerSecond === 'number' ? judgeTraffic(traffic, bytesPerSecond) : judgeTraffic(null, 0);
}

/** The stream carries what a command brings, which for a string is its value; who reads keys one by one sends all of each. */
function carriesWhole(context: CheckContext): (type: string) => boolean {
  return context.source.isScan || followsValues(context) ? () => true : (type) => type === 'string';
}

export type KeyTraffic = { key: Buffer; bytes: number; perSecond: number };

/** `traffic` null: it cannot be told. `bandwidth` in bytes per second. */
export function judgeTraffic(traffic: readonly KeyTraffic[] | null, bandwidth: number): Finding {
  const expected = 'a fifth of the line or less';
  if (traffic === null) return { outcome: 'unknown', observed: 'unknown', expected };
  const carried = ({ bytes, perSecond }: KeyTraffic) => bytes * perSecond;
  const sum = traffic.reduce((total, one) => total + carried(one), 0);
  const keys = [...traffic]
    .filter(({ perSecond }) => perSecond > 0)
    .sort((a, b) => carried(b) - carried(a))
    .slice(0, 5)
    .map(({ key, bytes, perSecond }) => `${printableKey(key)} (${formatBytes(bytes)} × ${perSecond.toFixed(1)}/s)`)
    .join(', ');
  const facts = { watched: traffic.length, traffic: formatBytes(sum), bandwidth: formatBytes(bandwidth), keys };
  const outcome = traffic.length === 0 ? 'small' : sum > 0.2 * bandwidth ? 'much' : 'little';
  return { outcome, observed: `${facts.traffic}/s`, expected, facts };
}
