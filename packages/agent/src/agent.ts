/** The agent: a source feeds the reconciler, which commits to the kernel; the queue workers judge what the kernel cannot. */
import { AgentError } from './agent-error.ts';
import { type AgentConfig, compileOptionsOf } from './config/config.ts';
import { Enforcement } from './enforcement.ts';
import { Feed } from './feed.ts';
import { type FittedOptions, fitToKernel } from './fit-to-kernel.ts';
import type { JudgeParts } from './judge/open-judge.ts';
import { type Connection, connectKernel } from './kernel/connect.ts';
import { type Clock, SYSTEM_CLOCK } from './reconcile/clock.ts';
import { Changes } from './report/changes.ts';
import { createLogger, type Logger } from './report/logger.ts';
import { Metrics } from './report/metrics.ts';
import { ReportServer } from './report/server.ts';
import type { AgentView } from './report/view.ts';
import { openSource } from './source/open-source.ts';
import { isSynced, type Source } from './source/source.ts';
import type { Pace } from './source/timing.ts';
import { spareMemory } from './spare-memory.ts';
import { openStatus } from './status/open-status.ts';
import type { StatusWriter } from './status/status-writer.ts';
import { waitForNft } from './wait-for-nft.ts';

/** What the agent brings itself, and tests bring instead. */
export interface AgentParts {
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly connect?: () => Promise<Connection>;
  /** The files of the queue workers, for bundles. */
  readonly judge?: JudgeParts;
  /** How long the API server is waited for. */
  readonly pace?: Pace;
}

export interface Agent {
  /** Where metrics and health are served, as `host:port`. */
  readonly address: string;
  /** Resolves when the kernel holds the intent for the first time. */
  readonly ready: Promise<void>;
  /** Resolves when the agent has stopped; rejects when it cannot go on (AgentError). */
  readonly done: Promise<void>;
  /** What the reports are made of. */
  readonly view: AgentView;
  /** Ends everything and leaves the ruleset in the kernel as it is. Never rejects. */
  stop(): Promise<void>;
}

/**
 * Starts an agent. Resolves when it serves its reports; it goes on by itself from there, waiting for the kernel and the
 * cluster as long as it must.
 * @throws AgentError when the address of the reports is not to be had
 * @throws ClusterError when no cluster is configured, or not properly
 */
export async function startAgent(config: AgentConfig, parts: AgentParts = {}): Promise<Agent> {
  const agent = new RunningAgent(config, parts);
  await agent.start();
  return agent;
}

class RunningAgent implements Agent {
  readonly ready: Promise<void>;
  readonly done: Promise<void>;
  readonly view: AgentView;
  readonly #config: AgentConfig;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #connect: () => Promise<Connection>;
  readonly #judgeParts: JudgeParts | undefined;
  readonly #pace: Pace | undefined;
  readonly #metrics: Metrics;
  readonly #server: ReportServer;
  readonly #changes: Changes;
  readonly #stopping = new AbortController();
  readonly #ready = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<void>();
  readonly #feed: Feed;
  #source: Source | undefined;
  #status: StatusWriter | undefined;
  #enforcement: Enforcement | undefined;
  #problem: string | undefined = 'the kernel has not been reached yet';

  constructor(config: AgentConfig, parts: AgentParts) {
    this.#config = config;
    this.#clock = parts.clock ?? SYSTEM_CLOCK;
    this.#log = parts.log ?? createLogger(config.logLevel);
    this.#connect = parts.connect ?? connectKernel;
    this.#judgeParts = parts.judge;
    this.#pace = parts.pace;
    const { nodeName, source } = config;
    this.#feed = new Feed({ nodeName, log: this.#log, placesPods: source.kind === 'files' });
    this.ready = this.#ready.promise;
    this.done = this.#done.promise;
    // Whether anybody waits for them or not.
    for (const promise of [this.ready, this.done]) promise.catch(() => undefined);
    this.view = this.#makeView();
    this.#metrics = new Metrics(this.view, config.kubeNetworkPoliciesMetrics);
    this.#server = new ReportServer(this.view, this.#metrics);
    this.#changes = new Changes(this.view, this.#log, this.#clock);
  }

  get address(): string {
    return this.#server.address;
  }

  async start(): Promise<void> {
    const { source, podCidrs, metricsBindAddress, nodeName } = this.#config;
    this.#status = await openStatus(this.#config, {
      nodes: () => this.#feed.nodes,
      kernel: () => ({
        isReady: this.view.isReady(),
        problem: this.#enforcement?.reconciler.stats.lastError,
      }),
      clock: this.#clock,
      log: this.#log,
    });
    this.#source = await openSource(source, podCidrs, this.#feed, this.#pace, this.#status);
    try {
      await this.#server.listen(metricsBindAddress);
    } catch (error) {
      throw new AgentError(`--metrics-bind-address: ${(error as Error).message}`);
    }
    this.#log.info({ node: nodeName, address: this.address }, 'serving metrics and health');
    this.#run().then(this.#done.resolve, (error) => this.#fail(error));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.done.catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      const isThere = await waitForNft(signal, this.#clock, (problem) => {
        this.#problem = problem;
        this.#log.error(`${problem}; trying again`);
      });
      if (!isThere) return;
      const fitted = await fitToKernel(compileOptionsOf(this.#config), this.#log);
      await this.#enforce(fitted, await this.#connect());
    } finally {
      await Promise.all([this.#server.close(), this.#status?.stop()]);
    }
  }

  /** Runs until the agent is to stop. */
  async #enforce(fitted: FittedOptions, connection: Connection): Promise<void> {
    const { resolveTimeout } = this.#config;
    const enforcement = new Enforcement({
      ...fitted,
      connection,
      resolveTimeout,
      clock: this.#clock,
      log: this.#log,
      judge: this.#judgeParts,
      onCommit: (report) => {
        this.#metrics.noteCommit(report);
        this.#log.debug(report, 'committed');
        this.#noteProgress();
      },
    });
    const { reconciler, options } = enforcement;
    this.#log.info({ deltas: connection.deltas, queueVia: options.queueVia }, 'the kernel can be reached');
    this.#problem = undefined;
    this.#enforcement = enforcement;
    this.#feed.attach({
      set: (object) => reconciler.set(object),
      delete: (id) => reconciler.delete(id),
      ready: () => void enforcement.listening.then(() => reconciler.ready()),
    });
    // Where the table that was found is right already there is no commit to hear of.
    void reconciler.settled().then(() => this.#noteProgress());
    this.#changes.start();
    this.#status?.start();
    let stopSparing = (): void => undefined;
    const spare = (): void => {
      stopSparing = spareMemory(this.#clock, this.#log);
    };
    this.ready.then(spare, () => undefined);
    try {
      await this.#source?.run(this.#stopping.signal);
    } finally {
      stopSparing();
      this.#changes.stop();
      await enforcement.stop();
    }
  }

  #noteProgress(): void {
    this.#changes.look();
    if (this.view.isReady()) this.#ready.resolve();
  }

  #fail(error: unknown): void {
    this.#ready.reject(error);
    this.#done.reject(error);
  }

  #makeView(): AgentView {
    return {
      config: this.#config,
      now: () => this.#clock.now(),
      kinds: () => this.#source?.status() ?? [],
      enforcement: () => this.#enforcement,
      problem: () => this.#problem,
      isReady: () =>
        this.#source !== undefined &&
        isSynced(this.#source) &&
        this.#enforcement?.reconciler.stats.inStep === true,
    };
  }
}
