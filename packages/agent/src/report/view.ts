import type { AgentConfig } from '../config/config.ts';
import type { Enforcement } from '../enforcement.ts';
import type { KindStatus } from '../source/source.ts';

/** What the reports may know of what works on the kernel. */
export type EnforcementView = Pick<Enforcement, 'options' | 'deniedPackets' | 'traffic'> & {
  readonly reconciler: Pick<Enforcement['reconciler'], 'stats' | 'size' | 'isSettled'>;
  readonly judge: Pick<Enforcement['judge'], 'stats'>;
  readonly node: Pick<Enforcement['node'], 'findings'>;
  readonly deniedLog: Pick<NonNullable<Enforcement['deniedLog']>, 'byPolicy' | 'unattributed'> | undefined;
};

/** What the reports may know of the agent. */
export interface AgentView {
  readonly config: AgentConfig;
  /** The agent's clock, milliseconds. */
  now(): number;
  /** One entry for each kind. */
  kinds(): readonly KindStatus[];
  /** Undefined until the kernel has been reached. */
  enforcement(): EnforcementView | undefined;
  /** Why the kernel cannot be reached. */
  problem(): string | undefined;
  /** Whether every kind has been listed and the kernel holds what follows from it. */
  isReady(): boolean;
}
