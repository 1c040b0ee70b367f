import type { AgentConfig } from '../config/config.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { KindStatus } from '../source/source.ts';

/** What the reports may know of the agent. */
export interface AgentView {
  readonly config: AgentConfig;
  /** The agent's clock, milliseconds. */
  now(): number;
  /** One entry for each kind. */
  kinds(): readonly KindStatus[];
  /** Undefined until the kernel has been reached. */
  reconciler(): Pick<Reconciler, 'stats' | 'size'> | undefined;
  /** Why the kernel cannot be reached. */
  problem(): string | undefined;
  /** Whether every kind has been listed and the kernel holds what follows from it. */
  isReady(): boolean;
}
