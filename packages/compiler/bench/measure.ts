/** One cluster in a process of its own: how long the compiler takes and how much memory, printed as JSON. */
import { quantile } from '../../../.ci/bench-report.ts';
import { Compiler } from '../src/compiler/compiler.ts';
import { DEFAULT_OPTIONS } from '../src/compiler/options.ts';
import type { Stats } from '../src/compiler/stats.ts';
import type { Pod } from '../src/model/types.ts';
import type { Transaction } from '../src/ruleset/diff.ts';
import { type Cidr, parseCidr } from '../src/values/cidr.ts';
import { generateCluster, LOCAL_NODE, nodesFor, podOf } from './generate.ts';

export interface Samples {
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Elements changed by one event: median and most. */
  readonly elements: number;
  readonly mostElements: number;
}

export interface Measured {
  readonly pods: number;
  readonly policies: number;
  /** Objects in, first commit out. */
  readonly compileMs: number;
  /** The most that the process ever held, the cluster's objects included. */
  readonly peakMb: number;
  /** A pod of another node comes, and another goes. */
  readonly remote: Samples;
  /** A pod that was on another node comes to this one: policies and all. */
  readonly local: Samples;
  readonly stats: Stats;
}

/** Addresses that no pod of the generated clusters has. */
const FREE = 4_000_000;

export function measure(pods: number, policies: number, rounds: number): Measured {
  const objects = generateCluster({ pods, policies });
  const podCidrs = ['10.0.0.0/8', 'fd00::/16'].map((text) => (parseCidr(text) as { cidr: Cidr }).cidr);
  const start = performance.now();
  const compiler = new Compiler({ ...DEFAULT_OPTIONS, node: LOCAL_NODE, podCidrs });
  for (const object of objects) compiler.set(object);
  compiler.commit();
  const compileMs = performance.now() - start;
  const peakMb = process.resourceUsage().maxRSS / 1024;
  const nodes = nodesFor(pods);
  const remote = sample(compiler, rounds, (i) =>
    podOf(remoteIndex(i, pods, nodes), nodes > 1 ? 1 + (i % (nodes - 1)) : 1, FREE + i),
  );
  const local = sample(compiler, Math.ceil(rounds / 4), (i) =>
    podOf(remoteIndex(i, pods, nodes), 0, FREE + i),
  );
  return { pods, policies, compileMs, peakMb, remote, local, stats: compiler.stats() };
}

/** A pod that is not on the local node, another one each time. */
function remoteIndex(i: number, pods: number, nodes: number): number {
  const index = (i * 37 + 1) % pods;
  return index % nodes === 0 ? (index + 1) % pods : index;
}

/** Each pod comes (as a new object of a new name), and goes again: two events. */
function sample(compiler: Compiler, rounds: number, podAt: (i: number) => Pod): Samples {
  const micros: number[] = [];
  const elements: number[] = [];
  const commit = (change: () => void): void => {
    const start = performance.now();
    change();
    const transaction = compiler.commit();
    micros.push((performance.now() - start) * 1000);
    elements.push(elementCount(transaction));
  };
  for (let i = 0; i < rounds; i++) {
    const pod: Pod = { ...podAt(i), name: `new-${i}` };
    commit(() => compiler.set(pod));
    commit(() => compiler.delete(pod));
  }
  return {
    p50: quantile(micros, 0.5),
    p99: quantile(micros, 0.99),
    elements: quantile(elements, 0.5),
    mostElements: Math.max(...elements),
  };
}

function elementCount({ elements }: Transaction): number {
  return elements.reduce((sum, { added, removed }) => sum + added.length + removed.length, 0);
}

if (import.meta.main) {
  const [pods, policies, rounds] = process.argv.slice(2).map(Number) as [number, number, number];
  console.log(JSON.stringify(measure(pods, policies, rounds)));
}
