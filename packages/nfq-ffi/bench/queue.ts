/**
 * pnpm bench:queue [--quick] [--json FILE] [--judge FILE]
 *
 * Packets per second and added latency of a queue worker beside a C program (reference.c), in rounds: ratios are taken within a
 * round, and the median of the rounds counts. Exit code 0 also where a goal is missed: the machine decides that too.
 */
import { resolve } from 'node:path';
import { atLeast, atMost, benchArgs, type Goal, quantile, reportGoals } from '../../../.ci/bench-report.ts';
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
import { printParts, printRounds } from './table.ts';

export interface Round {
  readonly throughput: Readonly<Record<Who, Throughput>>;
  readonly latency: Readonly<Record<'no queue' | 'plain C' | 'worker', Latency>>;
}

const args = benchArgs('judge');
const [workerCore, senderCore] = allowedCores();
if (workerCore === undefined || senderCore === undefined) throw new Error('needs two cores');
enterNamespace();

const programs = compile();
try {
  const setting: Setting = {
    programs,
    workerCore,
    senderCore,
    seconds: args.quick ? 0.7 : 2,
    pings: args.quick ? 20_000 : 50_000,
    judge: args.judge === undefined ? POLICIES : resolve(args.judge),
  };
  const baselines: Latency[] = [];
  const count = args.quick ? 5 : 9;
  for (let i = 0; i < count; i++) baselines.push(await latency(setting, undefined));
  queueEverything();
  const rounds: Round[] = [];
  for (const baseline of baselines) rounds.push(await runRound(setting, baseline));

  const goalRate = 2 * median(rounds.map((round) => round.throughput['plain C'].rate));
  const atGoal = await throughput(setting, 'worker, policies', goalRate);
  const goals = judgeGoals(rounds, atGoal, goalRate);
  const parts = measureParts();
  printRounds(rounds);
  printParts(parts);
  reportGoals(args, goals, { goalRate, atGoal, parts, rounds });
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
  return [
    atLeast('packets per second, to plain C', rate('worker', 'plain C'), 2, '×'),
    atLeast('packets per second, to batched C', rate('worker', 'batched C'), 0.8, '×'),
    atLeast('packets per processor time, to plain C', perTime('worker', 'plain C'), 2, '×'),
    atLeast('packets per processor time, to batched C', perTime('worker', 'batched C'), 0.8, '×'),
    atLeast(
      'packets per second with 10,000 policies, to plain C',
      rate('worker, policies', 'plain C'),
      2,
      '×',
    ),
    atLeast(
      'packets per processor time with 10,000 policies, to plain C',
      perTime('worker, policies', 'plain C'),
      2,
      '×',
    ),
    atMost(
      `drops with 10,000 policies at ${kilo(atGoal.rate)} kpps (twice plain C is ${kilo(goalRate)})`,
      atGoal.drops,
      0,
      'packets',
    ),
    atMost('added latency p50, to plain C', added('p50'), 1.3, '×'),
    atMost('added latency p99, to plain C', added('p99'), 2, '×'),
  ];
}

function kilo(rate: number): string {
  return (rate / 1000).toFixed(0);
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
