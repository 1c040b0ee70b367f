/** What was measured, for people, as goals, and for machines. */
import { atMost, type Goal, printTable, quantile, round } from '../../../.ci/bench-report.ts';
import type { ConnectionTimes } from './connections.ts';
import type { EventTimes } from './events.ts';
import { CONNTRACK_ENTRIES, type Measured, type Start } from './node-bench.ts';

export interface Results {
  /** By size. */
  readonly measured: readonly Measured[];
  readonly bareStart: Start;
  readonly connections: readonly ConnectionTimes[];
}

export function printResults({ measured, bareStart, connections }: Results): void {
  const start = ({ milliseconds, cpu }: Start): readonly number[] => [milliseconds / 1000, cpu].map(round);
  printTable(
    [
      'pods × policies',
      ...['ready s', 'cpu s', 'adopted s', 'cpu s'],
      ...['RSS MB', 'peak MB', 'workers MB', 'idle %', 'workers %'],
    ],
    measured.map((one) => [
      `${one.pods} × ${one.policies}`,
      ...start(one.start),
      ...start(one.adoption),
      ...[one.memory.main, one.memory.peak].map(Math.round),
      one.memory.workers.map(Math.round).join(' '),
      ...[one.idle.main * 100, one.idle.workers * 100].map(round),
    ]),
  );
  const [seconds, cpu] = start(bareStart);
  console.log(
    `the largest with pods that have only what policies look at: ready in ${seconds} s, ${cpu} s cpu\n`,
  );
  printTable(
    ['event, ms: p50 p99', 'opened', 'cut', 'to commit', 'compile', 'kernel'],
    measured.flatMap(({ pods, events, crowded }) => [
      eventRow(`${pods} pods`, events),
      ...(crowded ? [eventRow(`with ${CONNTRACK_ENTRIES} connections`, crowded)] : []),
    ]),
  );
  console.log();
  printTable(
    ['new connection', 'µs', 'to conntrack alone'],
    connections.map(({ policies, median, ratio }) => [
      policies === undefined ? 'conntrack alone' : `${policies} policies`,
      round(median),
      ratio.toFixed(3),
    ]),
  );
}

export function goalsOf({ measured, bareStart, connections }: Results): readonly Goal[] {
  const [least, most] = [measured[0], measured.at(-1)] as [Measured, Measured];
  const onWire = ({ events }: Measured, share: number): number =>
    quantile([...events.opened, ...events.cut], share);
  const worst = (share: number): number => Math.max(...measured.map((one) => onWire(one, share)));
  const ratios = connections.flatMap(({ ratio, policies }) => (policies === undefined ? [] : ratio));
  const [, one = Number.NaN] = ratios;
  const idle = Math.max(...measured.map(({ idle: { main, workers } }) => main + workers));
  const size = `${most.pods} pods × ${most.policies} policies`;
  return [
    atMost('event to changed verdict, p50 at worst', worst(0.5), 1, 'ms'),
    atMost('event to changed verdict, p99 at worst', worst(0.99), 5, 'ms'),
    atMost(
      `event to changed verdict, p50, ${most.pods} against ${least.pods} pods`,
      onWire(most, 0.5) / onWire(least, 0.5),
      1.5,
      '×',
    ),
    atMost(
      `established flow cut among ${CONNTRACK_ENTRIES}, p99`,
      quantile(most.crowded?.cut ?? [], 0.99),
      5,
      'ms',
    ),
    atMost(`resident memory, ${size}`, most.memory.main, 150, 'MB'),
    atMost(`start to ready, ${size}`, most.start.milliseconds / 1000, 3, 's'),
    atMost('the same with bare pods', bareStart.milliseconds / 1000, 3, 's'),
    atMost('idle, workers included, at worst', idle * 100, 1, '% of a core'),
    atMost('new connection, to conntrack alone, at worst', Math.max(...ratios), 1.05, '×'),
    atMost('new connection, most policies against one', (ratios.at(-1) ?? Number.NaN) / one, 1.02, '×'),
  ];
}

/** Every sample of every event would be megabytes. */
export function summaryOf({ measured, ...rest }: Results): Readonly<Record<string, unknown>> {
  const sizes = measured.map(({ events, crowded, ...one }) => ({
    ...one,
    events: eventSummary(events),
    crowded: crowded && eventSummary(crowded),
  }));
  return { measured: sizes, ...rest };
}

function eventRow(name: string, times: EventTimes): readonly string[] {
  const { opened, cut, eventToCommit, compile, kernel } = eventSummary(times);
  return [
    name,
    ...[opened, cut, eventToCommit, compile, kernel].map(({ p50, p99 }) => `${round(p50)} ${round(p99)}`),
  ];
}

function eventSummary({ opened, cut, commits }: EventTimes) {
  return {
    opened: sharesOf(opened),
    cut: sharesOf(cut),
    eventToCommit: sharesOf(commits.flatMap(({ eventToCommitMs }) => eventToCommitMs ?? [])),
    compile: sharesOf(commits.map(({ compileMs }) => compileMs)),
    kernel: sharesOf(commits.map(({ applyMs }) => applyMs)),
  };
}

function sharesOf(samples: readonly number[]) {
  return {
    p50: quantile(samples, 0.5),
    p99: quantile(samples, 0.99),
    most: Math.max(...samples),
    samples: samples.length,
  };
}
