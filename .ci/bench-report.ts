/** What every `bench:*` script has in common: its arguments, a table for people, and a JSON file for machines. */
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';

export interface BenchArgs {
  /** Under a minute, with smaller inputs and fewer rounds. */
  readonly quick: boolean;
  /** Where to write the results as JSON. */
  readonly json: string | undefined;
}

/** A performance goal with what was measured. */
export interface Goal {
  readonly name: string;
  /** In words, with the bound. */
  readonly goal: string;
  readonly value: number;
  readonly unit: string;
  readonly met: boolean;
}

/** `--quick`, `--json FILE` and `--NAME FILE` for others; ends the process with 2 on anything else. */
export function benchArgs<Name extends string = never>(
  ...others: readonly Name[]
): BenchArgs & Readonly<Partial<Record<Name, string>>> {
  const files = ['json', ...others];
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean' },
        ...Object.fromEntries(files.map((name) => [name, { type: 'string' as const }])),
      },
    });
    const { quick, ...rest } = values as { quick?: boolean; json?: string } & Partial<Record<Name, string>>;
    return { ...rest, quick: quick ?? false, json: rest.json } as ReturnType<typeof benchArgs<Name>>;
  } catch (error) {
    const usage = files.map((name) => `[--${name} FILE]`).join(' ');
    console.error(`${(error as Error).message}\nusage: [--quick] ${usage}`);
    process.exit(2);
  }
}

/** A goal that is met by this much, or less. */
export function atMost(name: string, value: number, bound: number, unit: string): Goal {
  return { name, goal: `≤ ${bound} ${unit}`, value, unit, met: value <= bound };
}

/** A goal that is met by this much, or more. */
export function atLeast(name: string, value: number, bound: number, unit: string): Goal {
  return { name, goal: `≥ ${bound} ${unit}`, value, unit, met: value >= bound };
}

/** Prints rows under a head, columns aligned. */
export function printTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  for (const row of all)
    console.log(
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
    );
}

/** Prints the goals, and writes them with the measurements behind them where `--json` says. */
export function reportGoals(
  args: BenchArgs,
  goals: readonly Goal[],
  measured: Readonly<Record<string, unknown>>,
): void {
  console.log();
  printTable(
    ['goal', 'bound', 'measured', ''],
    goals.map(({ name, goal, value, unit, met }) => [
      name,
      goal,
      `${round(value)} ${unit}`,
      met ? 'met' : 'MISSED',
    ]),
  );
  if (args.json === undefined) return;
  writeFileSync(
    args.json,
    `${JSON.stringify({ machine: machine(), goals, quick: args.quick, ...measured }, null, 2)}\n`,
  );
}

/** The value below which a share (0–1) of the samples lies. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Three significant digits, whole numbers whole. */
export function round(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(3));
}

function machine(): Readonly<Record<string, string | number>> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    arch: arch(),
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.version,
    load: readFileSync('/proc/loadavg', 'utf8').trim(),
  };
}
