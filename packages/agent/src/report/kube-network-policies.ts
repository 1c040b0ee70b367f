/** What dashboards for kube-network-policies ask for. */

import type { CompileOptions } from '@kncompile/compiler';
import {
  readStatistics,
  TRAFFIC_FAMILIES,
  TRAFFIC_GROUPS,
  TRAFFIC_PROTOCOLS,
  TRAFFIC_TIMES,
  type Traffic,
} from '@kncompile/nfq-ffi';
import type { Metric as PromMetric, Registry } from 'prom-client';
import { KUBE_NETWORK_POLICIES_METRICS, type Metric } from './metric-table.ts';

/** A quantile is of the last ten minutes, in steps of two. */
const WINDOW_STEPS = 5;
const STEP_MS = 120_000;

const PLACES = TRAFFIC_TIMES.length + 1;

interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

export interface KubeNetworkPoliciesOptions {
  readonly registry: Registry;
  readonly queues: CompileOptions['queues'];
  /** Undefined until the kernel has been reached. */
  readonly traffic: () => Traffic | undefined;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** Registers the metrics. Their values are made when somebody asks: packets are counted by the queue workers. */
export function serveKubeNetworkPolicies({
  registry,
  queues,
  traffic,
  now,
}: KubeNetworkPoliciesOptions): void {
  const window = new Window(now);
  const table = KUBE_NETWORK_POLICIES_METRICS;
  const serve = (metric: Metric, values: () => readonly Sample[]): void => {
    const { name, help, type } = metric;
    // All that the registry asks of a metric. prom-client's own take one observation at a time.
    const computed = {
      name,
      help,
      type,
      aggregator: 'sum',
      get: async () => ({ name, help, type, values: values() }),
    };
    registry.registerMetric(computed as unknown as PromMetric);
  };
  const ofTraffic = (make: (traffic: Traffic) => readonly Sample[]) => (): readonly Sample[] => {
    const counted = traffic();
    return counted ? make(counted) : [];
  };
  const ofQueues = (pick: 'waiting' | 'queueDropped' | 'userDropped' | 'lastId') => (): readonly Sample[] =>
    readStatistics()
      .filter(({ number }) => number >= queues.original.first && number <= queues.reply.last)
      .map((queue) => ({ value: queue[pick], labels: { queue: String(queue.number) } }));
  serve(table.packetTime, ofTraffic(histogram));
  serve(
    table.packetSummary,
    ofTraffic((counted) => summary(counted, window)),
  );
  serve(table.packets, ofTraffic(packetCounts));
  serve(table.queueTotal, ofQueues('waiting'));
  serve(table.queueDropped, ofQueues('queueDropped'));
  serve(table.userDropped, ofQueues('userDropped'));
  serve(table.packetId, ofQueues('lastId'));
}

/** The groups that have had packets, with their labels. */
function groupsOf({
  accepted,
  dropped,
}: Traffic): readonly { group: number; labels: Record<string, string> }[] {
  return Array.from({ length: TRAFFIC_GROUPS }, (_, group) => ({
    group,
    labels: {
      protocol: TRAFFIC_PROTOCOLS[group % TRAFFIC_PROTOCOLS.length] as string,
      family: TRAFFIC_FAMILIES[Math.floor(group / TRAFFIC_PROTOCOLS.length)] as string,
    },
  })).filter(({ group }) => (accepted[group] as number) + (dropped[group] as number) > 0);
}

function packetCounts(traffic: Traffic): readonly Sample[] {
  return groupsOf(traffic).flatMap(({ group, labels }) => [
    { value: traffic.accepted[group] as number, labels: { ...labels, verdict: 'accept' } },
    { value: traffic.dropped[group] as number, labels: { ...labels, verdict: 'drop' } },
  ]);
}

function histogram(traffic: Traffic): readonly Sample[] {
  const { name, buckets } = KUBE_NETWORK_POLICIES_METRICS.packetTime;
  return groupsOf(traffic).flatMap(({ group, labels }) => {
    const times = traffic.times.subarray(group * PLACES, (group + 1) * PLACES);
    const upTo = (bound: number): number =>
      TRAFFIC_TIMES.reduce((sum, time, place) => (time <= bound ? sum + (times[place] as number) : sum), 0);
    const count = times.reduce((sum, each) => sum + each, 0);
    return [
      ...buckets.map((le) => ({ value: upTo(le), labels: { le, ...labels }, metricName: `${name}_bucket` })),
      { value: count, labels: { le: '+Inf', ...labels }, metricName: `${name}_bucket` },
      { value: traffic.timeSums[group] as number, labels, metricName: `${name}_sum` },
      { value: count, labels, metricName: `${name}_count` },
    ];
  });
}

function summary(traffic: Traffic, window: Window): readonly Sample[] {
  const { name, percentiles } = KUBE_NETWORK_POLICIES_METRICS.packetSummary;
  const all = Float64Array.from({ length: PLACES }, (_, place) => {
    let sum = 0;
    for (let group = 0; group < TRAFFIC_GROUPS; group++)
      sum += traffic.times[group * PLACES + place] as number;
    return sum;
  });
  const recent = window.since(all);
  return [
    ...percentiles.map((quantile) => ({ value: quantileOf(recent, quantile), labels: { quantile } })),
    { value: traffic.timeSums.reduce((sum, each) => sum + each, 0), metricName: `${name}_sum` },
    { value: all.reduce((sum, each) => sum + each, 0), metricName: `${name}_count` },
  ];
}

/** Counts of the last minutes: what has come since a snapshot of then. */
class Window {
  readonly #now: () => number;
  readonly #snapshots: { readonly at: number; readonly counts: Float64Array }[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  since(counts: Float64Array): Float64Array {
    const now = this.#now();
    const oldest = this.#snapshots[0]?.counts;
    const newest = this.#snapshots.at(-1);
    if (!newest || now - newest.at >= STEP_MS) {
      this.#snapshots.push({ at: now, counts });
      if (this.#snapshots.length > WINDOW_STEPS) this.#snapshots.shift();
    }
    return counts.map((count, at) => count - (oldest?.[at] ?? 0));
  }
}

/** Between two bounds as if all times between them were equally frequent; NaN where there are none, as Prometheus has it. */
export function quantileOf(counts: Float64Array, quantile: number): number {
  const wanted = quantile * counts.reduce((sum, each) => sum + each, 0);
  if (wanted === 0) return Number.NaN;
  let below = 0;
  for (const [place, count] of counts.entries()) {
    if (below + count < wanted) {
      below += count;
      continue;
    }
    const [from, to] = [
      TRAFFIC_TIMES[place - 1] ?? 0,
      TRAFFIC_TIMES[place] ?? (TRAFFIC_TIMES.at(-1) as number),
    ];
    return count === 0 ? to : from + ((to - from) * (wanted - below)) / count;
  }
  return TRAFFIC_TIMES.at(-1) as number;
}
