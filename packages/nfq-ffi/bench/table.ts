import type { Who } from './measure.ts';
import type { Part } from './parts.ts';
import type { Goal, Round } from './queue.ts';

/** Prints every round: what the ratios are made of. */
export function printRounds(rounds: readonly Round[]): void {
  const who: readonly Who[] = ['plain C', 'batched C', 'worker', 'worker, policies'];
  printTable([
    ['throughput', ...rounds.map((_, index) => `round ${index + 1}`), 'unit'],
    ...who.flatMap((one) => [
      [one, ...rounds.map(({ throughput }) => (throughput[one].rate / 1000).toFixed(0)), 'kpps'],
      [
        '',
        ...rounds.map(({ throughput }) => throughput[one].cpuMicros.toFixed(2)),
        'µs processor time a packet',
      ],
      ['', ...rounds.map(({ throughput }) => String(throughput[one].drops)), 'drops'],
    ]),
  ]);
  const paths = ['no queue', 'plain C', 'worker'] as const;
  printTable([
    ['round trip on one core', ...rounds.map((_, index) => `round ${index + 1}`), 'unit'],
    ...paths.flatMap((path) => [
      [path, ...rounds.map(({ latency }) => (latency[path].p50 / 1000).toFixed(1)), 'µs p50'],
      ['', ...rounds.map(({ latency }) => (latency[path].p99 / 1000).toFixed(1)), 'µs p99'],
    ]),
  ]);
}

/** Prints what the worker's time is made of. */
export function printParts(parts: readonly Part[]): void {
  printTable([['part of the way', 'ns'], ...parts.map(([name, time]) => [name, time.toFixed(0)])]);
}

export function printGoals(goals: readonly Goal[]): void {
  printTable([
    ['goal', 'wanted', 'median', 'unit', 'met'],
    ...goals.map(({ name, goal, value, unit, met }) => [
      name,
      goal,
      unit === 'ratio' ? value.toFixed(2) : String(value),
      unit,
      met ? 'yes' : 'NO',
    ]),
  ]);
}

/** Columns as wide as their widest cell. */
function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  console.log('');
}
