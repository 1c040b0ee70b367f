/**
 * pnpm bench:queue [--quick] [--json FILE] [--judge FILE]
 *
 * Packets per second and added latency of a queue worker beside a C program (reference.c), in rounds: ratios are taken within a
 * round, and the median of the rounds counts. Exit code 0 also where a goal is missed: the machine decides that too.
 */
import { writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { allowedCores } from '../src/supervisor/cores.ts';
import { compile, enterNamespace, queueEverything } from './lab.ts';
import {
  type Latency,
  latency,
  POLICIES,
  type Setting,
  type Throughput,
  throughput,
  type Who,
} from './measure.ts';
import { measureParts } from './parts.ts';
import { printGoals, printParts, printRounds } from './table.ts';

export interface Goal {
  readonly name: string;
  readonly goal: string;
  readonly value: number;
  readonly unit: string;
  readonly met: boolean;
}

export interface Round {
  readonly throughput: Readonly<Record<Who, Throughput>>;
  readonly latency: Readonly<Record<'no queue' | 'plain C' | 'worker', Latency>>;
}

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'string' }, judge: { type: 'string' } },
});
const [workerCore, senderCore] = allowedCores();
if (workerCore === undefined || senderCore === undefined) throw new Error('needs two cores');
enterNamespace();

const programs = compile();
try {
  const setting: Setting = {
    programs,
    workerCore,
    senderCore,
    seconds: values.quick ? 0.7 : 2,
    pings: values.quick ? 20_000 : 50_000,
    judge: values.judge === undefined ? POLICIES : resolve(values.judge),
  };
  const baselines: Latency[] = [];
  const count = values.quick ? 5 : 9;
  for (let i = 0; i < count; i++) baselines.push(await latency(setting, undefined));
  queueEverything();
  const rounds: Round[] = [];
  for (const baseline of baselines) rounds.push(await runRound(setting, baseline));

  const goalRate = 2 * median(rounds.map((round) => round.throughput['plain C'].rate));
  const atGoal = await throughput(setting, 'worker, policies', goalRate);
  const goals = judgeGoals(rounds, atGoal, goalRate);
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, kernel: release(), node: process.version };
  console.log(`${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, Node ${machine.node}\n`);
  const parts = measureParts();
  printRounds(rounds);
  printParts(parts);
  printGoals(goals);
  if (values.json !== undefined) {
    writeFileSync(
      values.json,
      `${JSON.stringify({ machine, goals, goalRate, atGoal, parts, rounds }, undefined, 2)}\n`,
    );
  }
} finally {
  programs.close();
}

async function runRound(setting: Setting, baseline: Latency): Promise<Round> {
  return {
    throughput: {
      'plain C': await throughput(setting, 'plain C'),
      'batched C': await throughput(setting, 'batched C'),
      worker: await throughput(setting, 'worker'),
      'worker, policies': await throughput(setting, 'worker, policies'),
    },
    latency: {
      'no queue': baseline,
      'plain C': await latency(setting, 'plain C'),
      worker: await latency(setting, 'worker'),
    },
  };
}

function judgeGoals(rounds: readonly Round[], atGoal: Throughput, goalRate: number): readonly Goal[] {
  const rate = (who: Who, than: Who): number =>
    median(rounds.map(({ throughput }) => throughput[who].rate / throughput[than].rate));
  // What the rate would be if nobody else used the machine, and the sender were fast enough.
  const perTime = (who: Who, than: Who): number =>
    median(rounds.map(({ throughput }) => throughput[than].cpuMicros / throughput[who].cpuMicros));
  const added = (which: 'p50' | 'p99'): number =>
    median(
      rounds.map(({ latency }) => {
        const base = latency['no queue'][which];
        return (latency.worker[which] - base) / (latency['plain C'][which] - base);
      }),
    );
  const atLeast = (name: string, goal: number, value: number): Goal => ({
    name,
    goal: `at least ${goal}`,
    value,
    unit: 'ratio',
    met: value >= goal,
  });
  const atMost = (name: string, goal: number, value: number, unit = 'ratio'): Goal => ({
    name,
    goal: `at most ${goal}`,
    value,
    unit,
    met: value <= goal,
  });
  return [
    atLeast('packets per second, to plain C', 2, rate('worker', 'plain C')),
    atLeast('packets per second, to batched C', 0.8, rate('worker', 'batched C')),
    atLeast('packets per processor time, to plain C', 2, perTime('worker', 'plain C')),
    atLeast('packets per processor time, to batched C', 0.8, perTime('worker', 'batched C')),
    atLeast('packets per second with 10,000 policies, to plain C', 2, rate('worker, policies', 'plain C')),
    atLeast(
      'packets per processor time with 10,000 policies, to plain C',
      2,
      perTime('worker, policies', 'plain C'),
    ),
    atMost(
      `drops with 10,000 policies at ${kilo(atGoal.rate)} kpps (twice plain C is ${kilo(goalRate)})`,
      0,
      atGoal.drops,
      'packets',
    ),
    atMost('added latency p50, to plain C', 1.3, added('p50')),
    atMost('added latency p99, to plain C', 2, added('p99')),
  ];
}

function kilo(rate: number): string {
  return (rate / 1000).toFixed(0);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
