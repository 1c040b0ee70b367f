/** A whole node: the network of the lab, a cluster on it, and the agent in between. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelObject } from '@kncompile/compiler';
import { Snapshot } from '@kncompile/compiler';
import { Lab } from '@kncompile/compiler/test/support/lab/lab.ts';
import { readPolicies } from '@kncompile/compiler/test/support/lab/manifests.ts';
import { CLUSTER_FILE, NODE, ROUTER } from '@kncompile/compiler/test/support/lab/topology.ts';
import { parseAllDocuments, stringify } from 'yaml';
import type { KindStatus } from '../../src/source/source.ts';
import { AgentClient, type AgentOptions } from './agent-client.ts';
import type { Manifest } from './api-server/store.ts';
import { ClusterClient } from './cluster/cluster-client.ts';

export type NodeLabOptions = Partial<Pick<AgentOptions, 'variant' | 'env'>>;

export class NodeLab {
  readonly lab: Lab;
  readonly cluster: ClusterClient;
  agent: AgentClient;
  readonly #folder: string;
  readonly #flags: readonly string[];
  readonly #options: NodeLabOptions;
  #manifests: readonly Manifest[] = [];
  /** By kind: the version of the last change. */
  readonly #versions = new Map<string, number>();
  /** Kinds that objects were removed of, since all was settled: their removal has no version that one could wait for. */
  readonly #removedOf = new Set<string>();

  private constructor(
    lab: Lab,
    cluster: ClusterClient,
    folder: string,
    flags: readonly string[],
    options: NodeLabOptions,
  ) {
    this.lab = lab;
    this.cluster = cluster;
    this.#folder = folder;
    this.#flags = flags;
    this.#options = options;
    this.agent = this.#start();
  }

  /** Starts everything, with the lab's cluster and no policies; resolves when the agent is ready. */
  static async create(flags: readonly string[] = [], options: NodeLabOptions = {}): Promise<NodeLab> {
    const lab = await Lab.create();
    const folder = mkdtempSync(join(tmpdir(), 'kncompile-test-'));
    const cluster = new ClusterClient(lab.netns(ROUTER));
    writeFileSync(join(folder, 'kubeconfig'), await cluster.start());
    const node = new NodeLab(lab, cluster, folder, flags, options);
    await node.become();
    return node;
  }

  /** The objects that are in the cluster now. */
  get manifests(): readonly Manifest[] {
    return this.#manifests;
  }

  /** What `decide` says about the cluster as it is now. */
  snapshot(): Snapshot {
    return new Snapshot(this.objects());
  }

  objects(): readonly ModelObject[] {
    return readPolicies(this.#manifests.map((manifest) => stringify(manifest)).join('---\n'));
  }

  /** Makes the lab's cluster with these policies (YAML) the cluster; resolves when the kernel holds it. */
  become(...policies: readonly string[]): Promise<void> {
    return this.becomeObjects([readFileSync(CLUSTER_FILE, 'utf8'), ...policies].flatMap(manifestsIn));
  }

  /** Makes exactly these objects the cluster; resolves when the kernel holds it. */
  async becomeObjects(manifests: readonly Manifest[]): Promise<void> {
    await this.change(manifests);
    await this.settled();
  }

  /** Like `becomeObjects`, without waiting for the agent. */
  async change(manifests: readonly Manifest[]): Promise<void> {
    const before = new Map(this.#manifests.map((each) => [keyOf(each), each]));
    const after = new Map(manifests.map((each) => [keyOf(each), each]));
    for (const [key, manifest] of before)
      if (!after.has(key)) {
        await this.cluster.remove(manifest);
        this.#removedOf.add(manifest.kind);
      }
    const changed = [...after.values()].filter(
      (each) => JSON.stringify(before.get(keyOf(each))) !== JSON.stringify(each),
    );
    for (const manifest of changed) this.#versions.set(manifest.kind, await this.cluster.put(manifest));
    this.#manifests = manifests;
  }

  /** Resolves when the agent has taken in the cluster as it is now, and the kernel holds what follows. */
  async settled(): Promise<void> {
    const counts = new Map<string, number>();
    for (const kind of this.#removedOf) counts.set(kind, await this.cluster.count(kind));
    const knows = ({ kind, resourceVersion, objects }: KindStatus): boolean =>
      Number(resourceVersion) >= (this.#versions.get(kind) ?? 0) && objects === (counts.get(kind) ?? objects);
    await this.agent.until(
      'the kernel holds the cluster',
      ({ ready, settled, sources }) => ready && settled && sources.every(knows),
    );
    this.#removedOf.clear();
  }

  /** Ends the agent as nothing can be prepared for, and starts another one; resolves when that one is ready. */
  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    await this.agent.end(signal);
    this.agent = this.#start();
    await this.settled();
  }

  /** The agent's log so far. */
  log(): string {
    return readFileSync(join(this.#folder, 'log'), 'utf8');
  }

  async close(): Promise<void> {
    await this.agent.end('SIGKILL');
    await this.cluster.stop();
    await this.lab.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #start(): AgentClient {
    const { variant = {}, env = {} } = this.#options;
    const options = {
      netns: this.lab.netns(ROUTER),
      node: NODE,
      kubeconfig: join(this.#folder, 'kubeconfig'),
      log: join(this.#folder, 'log'),
      flags: this.#flags,
      variant,
      env,
    };
    return new AgentClient(options, this.cluster);
  }
}

function manifestsIn(yaml: string): Manifest[] {
  return parseAllDocuments(yaml)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

function keyOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}
