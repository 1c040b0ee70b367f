import { printable, type Stats } from '@kncompile/compiler';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import packageJson from '../../package.json' with { type: 'json' };
import { FINDINGS, type Finding } from '../detect/finding.ts';
import { ANSWER_FATES } from '../dns/dns-watch.ts';
import type { JudgeStats } from '../judge/judge-service.ts';
import { OUTCOMES, REASONS } from '../judge/verdict-reasons.ts';
import type { CommitReport, ReconcileStats } from '../reconcile/stats.ts';
import { serveKubeNetworkPolicies } from './kube-network-policies.ts';
import { METRICS, type OwnMetric } from './metric-table.ts';
import type { AgentView, EnforcementView } from './view.ts';

/** Whoever asks more often gets the same text again: milliseconds. */
const KEPT_MS = 250;

type Made<M extends OwnMetric> = M['type'] extends 'gauge'
  ? Gauge
  : M['type'] extends 'counter'
    ? Counter
    : Histogram;

type MadeOf<T extends Readonly<Record<string, OwnMetric>>> = { readonly [K in keyof T]: Made<T[K]> };

/** The metrics' values: most are read when somebody asks, times are noted as they happen. */
export class Metrics {
  readonly #view: AgentView;
  readonly #registry = new Registry();
  readonly #own: MadeOf<typeof METRICS>;
  #kept: { readonly at: number; readonly text: Promise<string> } | undefined;

  constructor(view: AgentView, kubeNetworkPolicies: boolean) {
    this.#view = view;
    this.#own = makeAll(METRICS, this.#registry);
    if (kubeNetworkPolicies)
      serveKubeNetworkPolicies({
        registry: this.#registry,
        queues: view.config.queues,
        traffic: () => view.enforcement()?.traffic,
        now: () => view.now(),
      });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The metrics as of now, or of a moment ago. */
  text(): Promise<string> {
    const now = performance.now();
    if (!this.#kept || now - this.#kept.at >= KEPT_MS) {
      this.#read();
      this.#kept = { at: now, text: this.#registry.metrics() };
    }
    return this.#kept.text;
  }

  noteCommit({ kind, compileMs, applyMs, eventToCommitMs }: CommitReport): void {
    const { compile, commit, eventToCommit, commits } = this.#own;
    compile.observe(compileMs / 1000);
    commit.observe({ kind }, applyMs / 1000);
    if (eventToCommitMs !== undefined) eventToCommit.observe(eventToCommitMs / 1000);
    commits.inc({ kind });
  }

  #read(): void {
    this.#readProcess();
    this.#readSource();
    const enforcement = this.#view.enforcement();
    if (enforcement) {
      this.#readReconciler(enforcement.reconciler.stats);
      this.#readSize(enforcement.reconciler.size());
      this.#readDenied(enforcement);
      this.#readJudge(enforcement.judge.stats);
      this.#readNode(enforcement.node.findings);
    }
  }

  #readProcess(): void {
    const { buildInfo, ready, cpu, rss, started } = this.#own;
    const { user, system } = process.cpuUsage();
    buildInfo.set({ version: packageJson.version, node_version: process.version }, 1);
    ready.set(Number(this.#view.isReady()));
    setTotal(cpu, (user + system) / 1e6);
    rss.set(process.memoryUsage.rss());
    started.set(performance.timeOrigin / 1000);
  }

  #readSource(): void {
    const { watchLag, synced, lists, sourceFailures, objects, rejected } = this.#own;
    for (const status of this.#view.kinds()) {
      const { kind } = status;
      if (status.secondsSinceHeard !== undefined) watchLag.set({ kind }, status.secondsSinceHeard);
      synced.set({ kind }, Number(status.synced));
      objects.set({ kind }, status.objects);
      rejected.set({ kind }, status.rejected);
      setTotal(lists, status.lists, { kind });
      setTotal(sourceFailures, status.failures, { kind });
    }
  }

  #readReconciler(stats: ReconcileStats): void {
    const own = this.#own;
    setTotal(own.events, stats.events);
    setTotal(own.failedCommits, stats.failedDeltas, { kind: 'delta' });
    setTotal(own.failedCommits, stats.failedFullLoads, { kind: 'full' });
    own.lastSync.set(
      stats.lastInStepAt === undefined ? 0 : (Date.now() - (this.#view.now() - stats.lastInStepAt)) / 1000,
    );
    own.generation.set(stats.generation);
    setTotal(own.driftChecks, stats.checks);
    setTotal(own.failedDriftChecks, stats.failedChecks);
    setTotal(own.drifts, stats.drifts);
    setTotal(own.driftedParts, stats.driftedParts);
    own.markWriters.set(stats.markWriters.length);
    setTotal(own.unsafeWraps, stats.unsafeWraps);
    setTotal(own.learnedNames, stats.learnedNames);
  }

  #readSize(size: Stats): void {
    const { classes, cells, elements, subjects, queuedSubjects } = this.#own;
    classes.set(size.classes);
    cells.set(size.cells);
    elements.set(size.elements);
    subjects.set(size.subjects);
    queuedSubjects.set(size.queuedSubjects);
  }

  #readDenied({ deniedPackets, deniedLog }: EnforcementView): void {
    const packets = deniedPackets();
    if (packets !== undefined) setTotal(this.#own.deniedPackets, packets);
    if (!deniedLog) return;
    for (const [policy, count] of deniedLog.byPolicy.entries())
      setTotal(this.#own.denied, count, { policy: printable(policy), by: 'kernel' });
    setTotal(this.#own.unattributedDenied, deniedLog.unattributed);
  }

  #readJudge(stats: JudgeStats): void {
    const { verdicts, denied, held, heldTotal, questions, unknownAddresses, workers, restarts } = this.#own;
    for (const outcome of OUTCOMES)
      for (const reason of REASONS) setTotal(verdicts, stats.verdicts[outcome][reason], { outcome, reason });
    for (const [policy, count] of stats.denied)
      setTotal(denied, count, { policy: printable(policy), by: 'agent' });
    held.set(stats.holding);
    setTotal(heldTotal, stats.held, { fate: 'held' });
    setTotal(heldTotal, stats.expired, { fate: 'expired' });
    setTotal(heldTotal, stats.holdsRefused, { fate: 'refused' });
    setTotal(this.#own.unjudgeable, stats.unjudgeable);
    setTotal(this.#own.judgeErrors, stats.judgeErrors);
    setTotal(questions, stats.questions);
    setTotal(unknownAddresses, stats.unknownAddresses);
    for (const fate of ANSWER_FATES) setTotal(this.#own.dnsAnswers, stats.dnsAnswers[fate], { fate });
    workers.set(stats.ready);
    setTotal(restarts, stats.restarts);
  }

  #readNode(findings: readonly Finding[]): void {
    const found = new Set<string>(findings.map(({ code }) => code));
    for (const [reason, { effect }] of Object.entries(FINDINGS))
      if (effect === 'unenforced') this.#own.unenforcedPaths.set({ reason }, Number(found.has(reason)));
  }
}

function makeAll<T extends Readonly<Record<string, OwnMetric>>>(table: T, registry: Registry): MadeOf<T> {
  const made = Object.entries(table).map(([key, metric]) => [key, make(metric, registry)]);
  return Object.freeze(Object.fromEntries(made)) as MadeOf<T>;
}

function make(metric: OwnMetric, registry: Registry): Gauge | Counter | Histogram {
  const { name, help, labels, buckets = [] } = metric;
  const common = { name, help, labelNames: [...labels], registers: [registry] };
  switch (metric.type) {
    case 'gauge':
      return new Gauge(common);
    case 'counter':
      return new Counter(common);
    case 'histogram':
      return new Histogram({ ...common, buckets: [...buckets] });
  }
}

const totals = new WeakMap<Counter, Map<string, number>>();

/** Makes a counter show a count that is kept elsewhere; one that went back there counts on from here. */
function setTotal(counter: Counter, total: number, labels: Readonly<Record<string, string>> = {}): void {
  const known = totals.get(counter) ?? new Map<string, number>();
  totals.set(counter, known);
  const key = Object.values(labels).join('\0');
  const before = known.get(key) ?? 0;
  counter.inc({ ...labels }, total >= before ? total - before : total);
  known.set(key, total);
}
