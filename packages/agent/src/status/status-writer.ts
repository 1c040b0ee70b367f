/** Tells the cluster of policies that this node does not realise: a condition, and an event for those it rejects. */
import { formatRef, type ObjectId, type Resource } from '@kncompile/compiler';
import type { Clock } from '../reconcile/clock.ts';
import type { Logger } from '../report/logger.ts';
import type { Reading } from '../source/inventory.ts';
import type { RawObject } from '../source/raw-object.ts';
import type { Onlooker } from '../source/reflector.ts';
import { type ConditionChange, conditionChange } from './condition.ts';
import { type KubeEvent, rejectionEvent } from './event.ts';
import { KernelHold, type KernelState } from './kernel-hold.ts';
import { type Observed, observe, type Problem } from './observed.ts';
import { STATUS_PACE, type StatusPace } from './pace.ts';
import type { Reply, StatusApi } from './status-api.ts';
import { bounded } from './text.ts';
import { type Outcome, WriteQueue } from './write-queue.ts';

/** Of a server's words on a failure, in the log. */
const LONGEST_COMPLAINT = 512;

/** No server may ask for a longer pause, in milliseconds. */
const LONGEST_RETRY_AFTER = 300_000;

const DONE: Outcome = Object.freeze({ is: 'done' });

type What = 'events' | 'conditions';

export interface StatusParts {
  readonly api: Pick<StatusApi, 'createEvent' | 'setConditions'>;
  readonly node: string;
  /** Names of the Node objects that are known; empty where there are none. */
  readonly nodes: () => ReadonlySet<string>;
  readonly kernel: () => KernelState;
  readonly clock: Clock;
  readonly log: Logger;
  readonly pace?: StatusPace | undefined;
}

interface Entry {
  observed: Observed;
  /** The name of the last event that is known to exist. */
  told: string | undefined;
}

/** Sees policies as the source sees them, and writes by itself: nothing waits for it, and no failure of it matters to others. */
export class StatusWriter implements Onlooker {
  readonly #parts: StatusParts;
  readonly #pace: StatusPace;
  readonly #queue: WriteQueue;
  readonly #hold: KernelHold;
  /** Tiered policies, and rejected NetworkPolicies. */
  readonly #entries = new Map<string, Entry>();
  /** Of which the server's last words were a refusal -> what the log was told. */
  readonly #complaints = new Map<What, string>();
  readonly #stopping = new AbortController();
  #cancel: () => void = () => undefined;

  constructor(parts: StatusParts) {
    this.#parts = parts;
    this.#pace = parts.pace ?? STATUS_PACE;
    this.#queue = new WriteQueue(parts.clock, this.#pace);
    this.#hold = new KernelHold(this.#pace.grace);
  }

  /** Without it only what is wrong with policies themselves is told. */
  start(): void {
    this.#look();
  }

  /** Writes nothing any more; a request in flight is given up. Never rejects. */
  async stop(): Promise<void> {
    this.#cancel();
    this.#stopping.abort();
    await this.#queue.stop();
  }

  seen(raw: RawObject, reading: Reading, resource: Resource): void {
    const observed = observe(raw, reading, resource);
    if (!observed) return;
    const key = formatRef(observed.id);
    if (!observed.conditions && !observed.problem) {
      this.#forget(key);
      return;
    }
    const entry = this.#entries.get(key) ?? { observed, told: undefined };
    entry.observed = observed;
    this.#entries.set(key, entry);
    this.#consider(key, entry);
  }

  gone(id: ObjectId): void {
    const key = formatRef(id);
    this.#forget(key);
    // Conditions may name it. One that went unseen is found at the next look at the policy.
    if (id.kind === 'Node') this.#considerAll();
  }

  #forget(key: string): void {
    this.#entries.delete(key);
    for (const what of ['events', 'conditions']) this.#queue.drop(`${what} ${key}`);
  }

  #look(): void {
    const { clock, kernel } = this.#parts;
    if (this.#hold.note(kernel(), clock.now())) this.#considerAll();
    this.#cancel = clock.after(this.#pace.look, () => this.#look());
  }

  #considerAll(): void {
    for (const [key, entry] of this.#entries) this.#consider(key, entry);
  }

  /** Has written what is missing, and nothing else. */
  #consider(key: string, entry: Entry): void {
    const { soon, late, random } = this.#pace;
    if (this.#eventFor(entry)) this.#queue.add(`events ${key}`, soon * random(), () => this.#tell(key));
    else this.#queue.drop(`events ${key}`);
    const change = this.#changeFor(entry);
    const delay = change?.isOwn ? soon * random() : late * (1 + random());
    if (change) this.#queue.add(`conditions ${key}`, delay, () => this.#mark(key));
    else this.#queue.drop(`conditions ${key}`);
  }

  #eventFor({ observed, told }: Entry): KubeEvent | undefined {
    const { problem } = observed;
    if (problem?.reason !== 'Rejected') return undefined;
    const event = rejectionEvent(observed, problem, this.#parts.node, new Date());
    return event.name === told ? undefined : event;
  }

  #changeFor({ observed }: Entry): ConditionChange | undefined {
    const { node, nodes } = this.#parts;
    const known = nodes();
    const isUnknown = known.size > 0 && !known.has(node);
    const problem = observed.problem ?? this.#kernelProblem();
    // A node that the cluster does not have would be taken out by the others again and again.
    if (!observed.conditions || isUnknown || (!problem && this.#hold.now.is !== 'held')) return undefined;
    const isGone = (name: string) => known.size > 0 && !known.has(name);
    return conditionChange(observed, { node, problem, isGone }, new Date());
  }

  #kernelProblem(): Problem | undefined {
    const hold = this.#hold.now;
    return hold.is === 'refused'
      ? { reason: 'KernelRefuses', text: `the kernel does not hold the ruleset: ${hold.why}` }
      : undefined;
  }

  async #tell(key: string): Promise<Outcome> {
    const entry = this.#entries.get(key);
    const event = entry && this.#eventFor(entry);
    if (!entry || !event) return DONE;
    const { api } = this.#parts;
    return await this.#write(
      'events',
      () => api.createEvent(event, this.#stopping.signal),
      (status) => {
        // Another node has told it, or the namespace is gone.
        const isOver = status === 201 || status === 409 || status === 404;
        if (isOver) entry.told = event.name;
        return isOver;
      },
    );
  }

  async #mark(key: string): Promise<Outcome> {
    const entry = this.#entries.get(key);
    const change = entry && this.#changeFor(entry);
    if (!entry || !change) return DONE;
    const { api } = this.#parts;
    const { observed } = entry;
    return await this.#write(
      'conditions',
      () => api.setConditions(observed, change.conditions, this.#stopping.signal),
      // The watch brings what was written, or that the policy is gone.
      (status) => status === 200 || status === 404,
    );
  }

  async #write(
    what: What,
    send: () => Promise<Reply>,
    isOver: (status: number) => boolean,
  ): Promise<Outcome> {
    const reply = await send().catch((error: Error): Reply => {
      return { status: 0, message: error.message, retryAfter: 0 };
    });
    if (this.#stopping.signal.aborted) return DONE;
    if (isOver(reply.status)) {
      if (this.#complaints.delete(what)) this.#parts.log.info(`${what} of policies are written again`);
      return DONE;
    }
    // A conflict is how writers learn of each other.
    if (reply.status !== 409) this.#complain(what, reply);
    return { is: 'retry', after: Math.min(reply.retryAfter, LONGEST_RETRY_AFTER) };
  }

  /** Said once until the server answers otherwise: its words name one policy or another. */
  #complain(what: What, { status, message }: Reply): void {
    const kind = String(status);
    if (this.#complaints.get(what) === kind) return;
    this.#complaints.set(what, kind);
    const why = bounded(message, LONGEST_COMPLAINT);
    this.#parts.log.warn(`${what} of policies cannot be written: ${why}; trying again`);
  }
}
