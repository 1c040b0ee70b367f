import { printTable } from '../../../.ci/bench-report.ts';
import type { Who } from './measure.ts';
import type { Part } from './parts.ts';
import type { Round } from './queue.ts';

/** Prints every round: what the ratios are made of. */
export function printRounds(rounds: readonly Round[]): void {
  const who: readonly Who[] = ['plain C', 'batched C', 'worker', 'worker, policies'];
  printTable(
    ['throughput', ...rounds.map((_, index) => `round ${index + 1}`), 'unit'],
    [
      ...who.flatMap((one) => [
        [one, ...rounds.map(({ throughput }) => (throughput[one].rate / 1000).toFixed(0)), 'kpps'],
        [
          '',
          ...rounds.map(({ throughput }) => throughput[one].cpuMicros.toFixed(2)),
          'µs processor time a packet',
        ],
        ['', ...rounds.map(({ throughput }) => String(throughput[one].drops)), 'drops'],
      ]),
    ],
  );
  const paths = ['no queue', 'plain C', 'worker'] as const;
  console.log();
  printTable(
    ['round trip on one core', ...rounds.map((_, index) => `round ${index + 1}`), 'unit'],
    [
      ...paths.flatMap((path) => [
        [path, ...rounds.map(({ latency }) => (latency[path].p50 / 1000).toFixed(1)), 'µs p50'],
        ['', ...rounds.map(({ latency }) => (latency[path].p99 / 1000).toFixed(1)), 'µs p99'],
      ]),
    ],
  );
}

/** Prints what the worker's time is made of. */
export function printParts(parts: readonly Part[]): void {
  console.log();
  printTable(
    ['part of the way', 'ns'],
    parts.map(([name, time]) => [name, time.toFixed(0)]),
  );
}
