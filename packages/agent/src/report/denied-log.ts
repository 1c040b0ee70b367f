import { type ConnectionAttempt, type JudgedAttempt, LOG_PREFIX } from '@kncompile/compiler';
import { MOST_POLICIES } from '../judge/tally.ts';
import type { PacketLog } from '../kernel/nflog.ts';
import type { Clock } from '../reconcile/clock.ts';
import { BoundedCounts } from './bounded-counts.ts';
import { attemptOf, type Denial, describeDenial } from './denial.ts';
import type { Logger } from './logger.ts';

/** Between two looks at what the kernel has told, milliseconds: one system call each. */
const LOOK_EVERY_MS = 200;

export interface DeniedLogOptions {
  readonly packets: PacketLog;
  readonly judge: (attempt: ConnectionAttempt) => JudgedAttempt;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Undefined where the log is off, or cannot be read here, which is said. */
export function openDeniedLog(
  options: Omit<DeniedLogOptions, 'packets'>,
  group: number | undefined,
  openLog: (group: number) => PacketLog,
): DeniedLog | undefined {
  if (group === undefined) return undefined;
  try {
    return new DeniedLog({ ...options, packets: openLog(group) });
  } catch (error) {
    options.log.error(`denied connections are not logged: ${(error as Error).message}`);
    return undefined;
  }
}

/** Logs and counts the denied packets that the kernel tells of: never more of them than --log-denied. */
export class DeniedLog {
  /** Packets by the policy that denied them. */
  readonly byPolicy = new BoundedCounts(MOST_POLICIES);
  /** Packets of which no policy could be named. */
  unattributed = 0;
  readonly #options: DeniedLogOptions;
  #cancel: () => void = () => undefined;

  constructor(options: DeniedLogOptions) {
    this.#options = options;
  }

  start(): void {
    this.#cancel = this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.look();
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
    this.look();
    this.#options.packets.close();
  }

  /** Takes what has come since the last look. */
  look(): void {
    const { packets, judge } = this.#options;
    for (const packet of packets.read()) {
      const attempt = attemptOf(packet);
      if (!attempt) {
        this.unattributed++;
        continue;
      }
      this.#note(describeDenial(attempt, judge(attempt), packet.prefix === LOG_PREFIX.reply));
    }
  }

  #note(denial: Denial): void {
    const { policy } = denial;
    if (policy === undefined) this.unattributed++;
    else this.byPolicy.add(policy);
    this.#options.log.info({ denied: denial }, sentence(denial));
  }
}

function sentence({ from, fromAddress, to, toAddress, protocol, port, policy, rule }: Denial): string {
  const service = port === undefined ? protocol : `${protocol} ${port}`;
  const by = policy === undefined ? 'by a policy that is no more' : `by ${policy}, rule ${rule}`;
  return `denied ${from ?? fromAddress} -> ${to ?? toAddress} ${service} ${by}`;
}
