/** A small data centre on one machine: namespaces for pods, node and the world, with agents that make real connections. */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAMILIES } from '../../../src/values/address.ts';
import { AgentClient } from './agent-client.ts';
import { createNetwork, deleteLeftovers, deleteNetwork, netnsName } from './namespaces.ts';
import type { Command, Flow, FlowEnd, Message, Outcome, Probe } from './protocol.ts';
import { type Endpoint, ROUTER, readTopology } from './topology.ts';

/** The ports on which every host of the tests listens, TCP and UDP. */
export const PORTS: readonly number[] = [80, 443, 8080, 8443];

/** A round trip takes well under 1 ms: who has not answered this long after the last answer anywhere never will. */
const QUIET_MS = 200;
const TICK_MS = 10;

/** nft lists whole rulesets. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

let labs = 0;

export class Lab {
  readonly endpoints: readonly Endpoint[];
  readonly #ports: readonly number[];
  readonly #run: string;
  readonly #agents: ReadonlyMap<string, AgentClient>;
  readonly #siteOf: ReadonlyMap<string, string>;

  private constructor(run: string, endpoints: readonly Endpoint[], ports: readonly number[]) {
    this.#run = run;
    this.endpoints = endpoints;
    this.#ports = ports;
    const sites = new Set(endpoints.map(({ site }) => site));
    this.#agents = new Map([...sites].map((site) => [site, new AgentClient(netnsName(run, site))]));
    this.#siteOf = new Map(
      endpoints.flatMap(({ site, addresses }) => Object.values(addresses).map((address) => [address, site])),
    );
  }

  /**
   * Builds the network and starts its hosts, which listen on `ports`, TCP and UDP; takes about a second. Close it, or the
   * process does on its way out.
   */
  static async create(
    endpoints: readonly Endpoint[] = readTopology(),
    ports: readonly number[] = PORTS,
  ): Promise<Lab> {
    deleteLeftovers();
    const run = `kn${process.pid}-${labs++}`;
    cleanUpOnExit(run);
    createNetwork(run, endpoints);
    const lab = new Lab(run, endpoints, ports);
    await lab.#listen();
    return lab;
  }

  /** Ends the hosts and removes the network. */
  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.close()));
    deleteNetwork(this.#run);
  }

  /** The host of that name. */
  endpoint(name: string): Endpoint {
    const found = this.endpoints.find((endpoint) => endpoint.name === name);
    if (!found) throw new Error(`the lab has no ${name}`);
    return found;
  }

  /** The network namespace that holds an endpoint's addresses, as `ip netns` knows it. */
  netns(site: string): string {
    return netnsName(this.#run, site);
  }

  /** Runs a command in a host's namespace, and returns its stdout; throws with its stderr when it fails. */
  exec(site: string, command: string, args: readonly string[], input = ''): string {
    const done = spawnSync('ip', ['netns', 'exec', this.netns(site), command, ...args], {
      input,
      encoding: 'utf8',
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    if (done.status !== 0)
      throw new Error(`${command} ${args.join(' ')}: ${done.error?.message ?? done.stderr}`);
    return done.stdout;
  }

  /** Applies nft commands on the node, all or nothing. */
  nft(text: string): void {
    this.exec(ROUTER, 'nft', ['-f', '-'], text);
  }

  /** Takes every table away and forgets every connection, as after a reboot of the node. */
  reset(): void {
    this.nft('flush ruleset');
    this.exec(ROUTER, 'conntrack', ['-F']);
  }

  /**
   * Makes all the connections at once; ends `quiet` ms after the last answer, counted in ticks of this process, so that on
   * a busy machine it waits longer. The outcomes are in the order of `probes`.
   */
  async probe(probes: readonly Probe[], quiet: number = QUIET_MS): Promise<readonly Outcome[]> {
    const outcomes = probes.map((): Outcome => 'silent');
    let open = probes.length;
    let ticksSinceAnswer = 0;
    await this.#bySite(probes, async (agent, indices) => {
      agent.onAnswers = (answers) => {
        for (const [position, outcome] of answers) outcomes[indices[position] as number] = outcome;
        open -= answers.length;
        ticksSinceAnswer = 0;
      };
      await agent.request({ op: 'probe', probes: indices.map((index) => probes[index] as Probe) });
    });
    for (; open > 0 && ticksSinceAnswer * TICK_MS < quiet; ticksSinceAnswer++) await sleep(TICK_MS);
    await this.#all({ op: 'settle' });
    return outcomes;
  }

  /** Opens connections whose ends send every `every` ms; resolves when all stand. */
  async openFlows(flows: readonly Flow[], every: number): Promise<void> {
    await this.#bySite(flows, (agent, indices) =>
      agent.request({ op: 'open', flows: indices.map((index) => flows[index] as Flow), every }),
    );
  }

  /** Stops sending on all flows, waits until nothing more arrives, and returns what the ends have counted. */
  async hushFlows(): Promise<readonly FlowEnd[]> {
    await this.#all({ op: 'hush' });
    let before = '';
    for (;;) {
      await sleep(QUIET_MS);
      const messages = await this.#all({ op: 'report' });
      const ends = messages.flatMap((message) => (message.type === 'flows' ? message.flows : []));
      const now = JSON.stringify(ends);
      if (now === before) return ends;
      before = now;
    }
  }

  /** Closes all flows at both ends. */
  async closeFlows(): Promise<void> {
    await this.#all({ op: 'forget' });
  }

  async #listen(): Promise<void> {
    await Promise.all(
      [...this.#agents].map(([site, agent]) => {
        const own = this.endpoints.filter((endpoint) => endpoint.site === site);
        const addresses = own.flatMap((endpoint) => FAMILIES.map((family) => endpoint.addresses[family]));
        const sockets = addresses.flatMap((address) =>
          this.#ports.flatMap((port) => [
            { protocol: 'TCP', address, port } as const,
            { protocol: 'UDP', address, port } as const,
          ]),
        );
        return agent.request({ op: 'listen', sockets });
      }),
    );
  }

  #all(command: Command): Promise<Message[]> {
    return Promise.all([...this.#agents.values()].map((agent) => agent.request(command)));
  }

  /** Hands each agent the positions of the items that start from its addresses. */
  async #bySite(
    items: readonly { readonly from: string }[],
    hand: (agent: AgentClient, indices: readonly number[]) => Promise<unknown>,
  ): Promise<void> {
    const indices = [...items.keys()];
    const groups = Map.groupBy(indices, (index) => this.#siteOf.get(items[index]?.from ?? ''));
    await Promise.all(
      [...groups].map(([site, own]) => {
        const agent = this.#agents.get(site ?? '');
        if (!agent) throw new Error(`no host of the lab has the address ${items[own[0] ?? 0]?.from}`);
        return hand(agent, own);
      }),
    );
  }
}

/** A test run that is interrupted or fails must not leave namespaces behind. */
function cleanUpOnExit(run: string): void {
  process.once('exit', () => deleteNetwork(run));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      deleteNetwork(run);
      process.kill(process.pid, signal);
    });
  }
}
