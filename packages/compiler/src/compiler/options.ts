import type { ProgramOptions } from '../ruleset/program.ts';
import type { Cidr } from '../values/cidr.ts';

/** How a cluster is compiled for one node. */
export interface CompileOptions extends Omit<ProgramOptions, 'generation'> {
  /** The node whose pods are subjects. */
  readonly node: string;
  /** CIDRs that the cluster's pods get addresses from, besides Node.spec.podCIDRs. */
  readonly podCidrs: readonly Cidr[];
  /** At most this many cells; subjects beyond have their new connections queued. */
  readonly cellBudget: number;
  /** `queue`: the kernel decides nothing about selected pods, the judge everything. */
  readonly datapath: 'kernel' | 'queue';
  /** Whether connections stop with the commit that takes their permission away (S47). */
  readonly established: 'revoke' | 'keep';
}

export const DEFAULT_OPTIONS: Omit<CompileOptions, 'node'> = Object.freeze({
  podCidrs: [],
  markMask: 0xfff0_0000,
  queues: { original: { first: 100, last: 101 }, reply: { first: 102, last: 103 } },
  queueVia: 'nft',
  queueMark: 0x0008_0000,
  dnsMark: 0x0004_0000,
  unjudgedDnsMark: 0x0002_0000,
  failOpen: false,
  logDenied: undefined,
  ipvs: false,
  cellBudget: 1_000_000,
  datapath: 'kernel',
  established: 'revoke',
});
