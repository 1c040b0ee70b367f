import type { CompileOptions } from '@kncompile/compiler';
import type { AgentConfig } from '../config/config.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { KindStatus } from '../source/source.ts';
import type { DeniedLog } from './denied-log.ts';

/** What there is once the kernel has been reached. */
export interface Enforcement {
  /** As this kernel can have them. */
  readonly options: CompileOptions;
  readonly reconciler: Pick<Reconciler, 'stats' | 'size' | 'isSettled'>;
  /** Packets that the kernel's chain `deny` has dropped since it was last filled. */
  readonly deniedPackets: () => number | undefined;
  /** Undefined where denied connections are not logged. */
  readonly deniedLog: Pick<DeniedLog, 'byPolicy' | 'unattributed'> | undefined;
}

/** What the reports may know of the agent. */
export interface AgentView {
  readonly config: AgentConfig;
  /** The agent's clock, milliseconds. */
  now(): number;
  /** One entry for each kind. */
  kinds(): readonly KindStatus[];
  /** Undefined until the kernel has been reached. */
  enforcement(): Enforcement | undefined;
  /** Why the kernel cannot be reached. */
  problem(): string | undefined;
  /** Whether every kind has been listed and the kernel holds what follows from it. */
  isReady(): boolean;
}
