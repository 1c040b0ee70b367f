import { serialize } from 'node:v8';
import {
  type Address,
  type CompileOptions,
  Compiler,
  type FreshName,
  type JudgeView,
  type ModelObject,
} from '@kncompile/compiler';
import {
  createFakeQueue,
  createLoop,
  type Direction,
  type FakeAnswer,
  type FakeQueue,
  type Loop,
  type SupervisorOptions,
} from '@kncompile/nfq-ffi';
import type { JudgeService } from '../../src/judge/judge-service.ts';
import { openJudge } from '../../src/judge/open-judge.ts';
import { createQueueJudge } from '../../src/judge/queue-judge.ts';
import type { ToldName } from '../../src/reconcile/name-learner.ts';
import { OPTIONS } from '../reconcile/support.ts';

const HOLD_MS = 1000;
const MOST_HELD = 4096;
const LARGEST_MESSAGE = 32 * 1024;
/** Large enough for the DNS messages of tests. */
const COPY_RANGE = 4096;

interface Worker {
  readonly queue: FakeQueue;
  readonly loop: Loop;
  readonly update: (state: unknown) => void;
}

/** A node's judge with all its workers in memory, beside a compiler that commits at once. Time goes on when told to. */
export class JudgeBench {
  readonly options: CompileOptions;
  readonly compiler: Compiler;
  readonly service: JudgeService;
  /** What the kernel was to learn. */
  readonly learned: Address[] = [];
  /** What pods were told for DNS names. */
  readonly told: ToldName[] = [];
  readonly #workers = new Map<number, Worker>();
  #now = 1000;
  #learning: { readonly told: ToldName; resolve(fresh: readonly FreshName[]): void }[] = [];
  #fresh: readonly FreshName[] = [];
  #supervisor: SupervisorOptions | undefined;
  #onCommit: Parameters<Parameters<typeof openJudge>[0]['source']['follow']>[0] = () => undefined;
  #view: JudgeView | undefined;

  constructor(options: Partial<CompileOptions> = {}) {
    this.options = { ...OPTIONS, ...options };
    this.compiler = new Compiler(this.options);
    this.service = openJudge(
      {
        options: this.options,
        source: {
          follow: (onCommit) => {
            this.#onCommit = onCommit;
            this.#view = this.compiler.judgeView();
            return this.#view;
          },
          learnName: (told) => {
            this.told.push(told);
            return new Promise((resolve) => this.#learning.push({ told, resolve }));
          },
          freshNames: () => this.#fresh,
          learn: (addresses) => void this.learned.push(...addresses),
        },
        resolveTimeout: HOLD_MS,
      },
      {
        supervise: (supervisor) => {
          this.#supervisor = supervisor;
          for (const { number, direction } of supervisor.queues) this.#start(number, direction);
          return {
            ready: Promise.resolve(),
            update: (state) => {
              for (const { update } of this.#workers.values()) update(state);
            },
            stop: () => Promise.resolve(),
          };
        },
      },
    );
  }

  /** Ends a worker, and starts the next in its place. */
  restart(number: number): void {
    const queue = this.#supervisor?.queues.find((one) => one.number === number);
    if (queue) this.#start(number, queue.direction);
  }

  commit(...objects: readonly ModelObject[]): void {
    for (const object of objects) this.compiler.set(object);
    this.compiler.commit();
    const delta = this.#view?.takeDelta();
    if (delta) this.#onCommit(delta);
  }

  /** Carries out what pods were told so far, as the reconciler does. */
  async learnNames(): Promise<void> {
    for (const { told, resolve } of this.#learning.splice(0)) {
      const fresh = told.addresses.flatMap(({ address, ttl }) =>
        this.compiler
          .learnName(told.client, address, told.name)
          .map((subject) => ({ subject, address, ttl })),
      );
      this.commit();
      this.#fresh = [...this.#fresh, ...fresh];
      resolve(fresh);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** A packet comes; the answer to it, or undefined while it is held. */
  ask(bytes: Uint8Array, direction: Direction = 'original', worker = 0): FakeAnswer | undefined {
    const { queue, loop } = this.worker(direction, worker);
    const id = queue.inject(bytes);
    loop.turn(0);
    return id === undefined ? undefined : this.answer(id, direction, worker);
  }

  /** The answer to a packet of before. */
  answer(id: number, direction: Direction = 'original', worker = 0): FakeAnswer | undefined {
    const { queue, loop } = this.worker(direction, worker);
    loop.turn(0);
    return queue.answers.find((answer) => answer.id === id);
  }

  /** Lets time go by, and every worker do what falls due. */
  wait(ms: number): void {
    this.#now += ms;
    for (const { loop } of this.#workers.values()) {
      loop.turn(0);
      loop.turn(0);
    }
  }

  worker(direction: Direction, index = 0): Worker {
    const { original, reply } = this.options.queues;
    const worker = this.#workers.get((direction === 'original' ? original : reply).first + index);
    if (!worker) throw new Error('no such queue');
    return worker;
  }

  #start(number: number, direction: Direction): void {
    const queue = createFakeQueue({ number, copyRange: COPY_RANGE });
    const updates: unknown[] = [];
    let busy = false;
    const judge = createQueueJudge(() => this.#now);
    const state = this.#supervisor?.state?.();
    judge.update(structuredClone(state));
    const loop = createLoop({
      queue,
      judge,
      direction,
      failVerdict: this.#supervisor?.failVerdict ?? 'drop',
      holdMs: HOLD_MS,
      holdLimit: MOST_HELD,
      holdLimitPerSource: MOST_HELD / 16,
      now: () => this.#now,
      tell: (message) => {
        if (serialize(message).length > LARGEST_MESSAGE) throw new Error('a message too large');
        this.#supervisor?.onTell?.(number, structuredClone(message));
        return true;
      },
    });
    // As over a pipe: an update never comes amid a turn.
    const work = (): void => {
      if (busy) return;
      busy = true;
      for (let next = updates.shift(); next !== undefined; next = updates.shift()) loop.update(next);
      busy = false;
    };
    const turn = loop.turn.bind(loop);
    const wrapped: Loop = Object.create(loop, {
      turn: {
        value: (ms: number) => {
          busy = true;
          const count = turn(ms);
          busy = false;
          work();
          turn(0);
          return count;
        },
      },
    });
    this.#workers.set(number, {
      queue,
      loop: wrapped,
      update: (update) => {
        updates.push(structuredClone(update));
        work();
      },
    });
  }
}
