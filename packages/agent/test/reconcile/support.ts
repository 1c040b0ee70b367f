import {
  type CompileOptions,
  DEFAULT_OPTIONS,
  type ModelObject,
  parseObject,
  type Ruleset,
  type RulesetSet,
  readTable,
} from '@kncompile/compiler';
import { FakeKernel } from '../../src/kernel/fake.ts';
import type { Clock } from '../../src/reconcile/clock.ts';
import { Reconciler, type ReconcilerOptions } from '../../src/reconcile/reconciler.ts';
import type { CommitReport } from '../../src/reconcile/stats.ts';

export const OPTIONS: CompileOptions = { ...DEFAULT_OPTIONS, node: 'near', queueVia: 'mark' };

/** Time that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Runs what falls due within so many milliseconds, in order, and lets everything that follows from it happen. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turns();
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = next.at;
      next.run();
      await turns();
    }
    this.#now = end;
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export interface Bench {
  readonly clock: FakeClock;
  readonly kernel: FakeKernel;
  readonly reconciler: Reconciler;
  readonly reports: CommitReport[];
}

/** A reconciler over a fake kernel and a fake clock. */
export function bench(parts: Partial<ReconcilerOptions> & { readonly kernel?: FakeKernel } = {}): Bench {
  const clock = new FakeClock();
  const kernel = parts.kernel ?? new FakeKernel();
  const reports: CommitReport[] = [];
  const reconciler = new Reconciler({
    options: OPTIONS,
    conntrack: undefined,
    clock,
    onCommit: (report) => reports.push(report),
    ...parts,
    kernel,
  });
  return { clock, kernel, reconciler, reports };
}

function objectOf(manifest: unknown): ModelObject {
  const { object, diagnostics } = parseObject(manifest);
  if (!object) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return object;
}

export function pod(name: string, ip: string, app: string, node = 'near'): ModelObject {
  return objectOf({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'shop', name, labels: { app } },
    spec: { nodeName: node },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
  });
}

/** Lets only pods with one of these labels reach `app: db`, on one port. */
export function policy(apps: readonly string[], name = 'db'): ModelObject {
  return objectOf({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'shop', name },
    spec: {
      podSelector: { matchLabels: { app: 'db' } },
      ingress: [
        { from: apps.map((app) => ({ podSelector: { matchLabels: { app } } })), ports: [{ port: 5432 }] },
      ],
    },
  });
}

export const CLUSTER: readonly ModelObject[] = [
  pod('db', '10.0.0.1', 'db'),
  pod('web', '10.0.0.2', 'web'),
  pod('job', '10.0.1.3', 'job', 'far'),
  policy(['web']),
];

/** A line per element of what a kernel lists; throws where it has no table. */
export function heldBy(listing: string | undefined): string {
  if (listing === undefined) throw new Error('the kernel has no table');
  return linesOf(readTable(listing).sets);
}

export function intendedBy(ruleset: Ruleset): string {
  return linesOf(ruleset.sets);
}

function linesOf(sets: ReadonlyMap<string, RulesetSet>): string {
  return [...sets]
    .flatMap(([name, { elements }]) => [...elements].map(([key, { value }]) => `${name}: ${key} = ${value}`))
    .sort()
    .join('\n');
}

/** Generation by the stamp in the listing. */
export function generationIn(listing: string | undefined): number {
  return (readTable(listing ?? '').stamp ?? 0) / 0x10_0000;
}
