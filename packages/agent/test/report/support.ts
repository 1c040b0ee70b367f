/** An agent that only exists for its reports. */
import { DEFAULT_OPTIONS, type Stats } from '@kncompile/compiler';
import { type AgentConfig, readConfig } from '../../src/config/config.ts';
import { finding } from '../../src/detect/finding.ts';
import type { JudgeStats } from '../../src/judge/judge-service.ts';
import { OUTCOMES, REASONS } from '../../src/judge/verdict-reasons.ts';
import { newStats } from '../../src/reconcile/stats.ts';
import { BoundedCounts } from '../../src/report/bounded-counts.ts';
import { TrafficTotal } from '../../src/report/traffic-total.ts';
import type { AgentView, EnforcementView } from '../../src/report/view.ts';
import { KINDS, type KindStatus } from '../../src/source/source.ts';

export async function configOf(...argv: readonly string[]): Promise<AgentConfig> {
  const result = await readConfig(['--node-name=node-a', ...argv], {});
  if (result.kind !== 'run') throw new Error(JSON.stringify(result));
  return result.config;
}

export function kindStatus(kind: KindStatus['kind'], some: Partial<KindStatus> = {}): KindStatus {
  return {
    kind,
    phase: 'watching',
    synced: true,
    objects: 3,
    rejected: 1,
    secondsSinceSync: 60,
    secondsSinceEvent: 2,
    secondsSinceHeard: 0.5,
    lists: 1,
    failures: 0,
    resourceVersion: '1000',
    problem: undefined,
    ...some,
  };
}

const SIZE: Stats = Object.freeze({
  classes: 11,
  subjects: 12,
  queuedSubjects: 13,
  cells: 14,
  sets: 15,
  elements: 16,
  chains: 17,
  rules: 18,
});

function judgeStats(): JudgeStats {
  const counts = () => Object.fromEntries(REASONS.map((reason) => [reason, 0]));
  return {
    verdicts: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, counts()])) as JudgeStats['verdicts'],
    denied: new Map(),
    dnsAnswers: { learned: 0, empty: 0, unasked: 0, malformed: 0, refused: 0 },
    holding: 0,
    held: 0,
    expired: 0,
    holdsRefused: 0,
    unjudgeable: 0,
    judgeErrors: 0,
    questions: 0,
    unknownAddresses: 0,
    unknownRefused: 0,
    restarts: 0,
    ready: 4,
  };
}

type Changeable<T> = { -readonly [K in keyof T]: T[K] };

/** Everything of it may be changed between two looks. */
export interface FakeAgent {
  readonly view: AgentView;
  readonly stats: ReturnType<typeof newStats>;
  readonly judge: Changeable<JudgeStats>;
  readonly byPolicy: BoundedCounts;
  readonly traffic: TrafficTotal;
  kinds: readonly KindStatus[];
  deniedPackets: number | undefined;
  problem: string | undefined;
  isReached: boolean;
  isReady: boolean;
}

export async function fakeAgent(...argv: readonly string[]): Promise<FakeAgent> {
  const config = await configOf(...argv);
  const stats = { ...newStats(), inStep: true, lastInStepAt: 1_000 };
  const byPolicy = new BoundedCounts(200);
  const judge = judgeStats();
  const traffic = new TrafficTotal();
  const enforcement: EnforcementView = {
    options: { ...DEFAULT_OPTIONS, node: config.nodeName },
    reconciler: { stats, size: () => SIZE, isSettled: true },
    judge: { stats: judge },
    node: { findings: [finding('foreign-flowtable', 'a flowtable of somebody')] },
    traffic: traffic.total,
    deniedPackets: () => agent.deniedPackets,
    deniedLog: { byPolicy, unattributed: 0 },
  };
  const agent: FakeAgent = {
    view: {
      config,
      now: () => 3_000,
      kinds: () => agent.kinds,
      enforcement: () => (agent.isReached ? enforcement : undefined),
      problem: () => agent.problem,
      isReady: () => agent.isReady,
    },
    stats,
    judge,
    byPolicy,
    traffic,
    kinds: KINDS.map((kind) => kindStatus(kind)),
    deniedPackets: 0,
    problem: undefined,
    isReached: true,
    isReady: true,
  };
  return agent;
}
