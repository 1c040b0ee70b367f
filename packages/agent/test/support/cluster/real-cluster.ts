/** kube-apiserver and etcd, without any controller: what exists is what a test puts there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RESOURCES } from '@kncompile/compiler';
import type { Manifest } from '../api-server/store.ts';
import { ApiClient } from './api-client.ts';
import type { Cluster } from './cluster.ts';
import { CRD_PATH, CRDS } from './crds.ts';

const TOKEN = 'test-token';
/** Of the service account in the manifests, with the rights that these give it and no others. */
const AGENT_TOKEN = 'agent-token';
const AGENT = 'system:serviceaccount:kncompile:kncompile';

export class RealCluster implements Cluster {
  readonly #assets: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'kncompile-test-api-'));
  /** Of the API server; the next two are etcd's. */
  readonly #port = 20_000 + (process.pid % 10_000);
  readonly #client = new ApiClient(this.#port, TOKEN);
  #etcd: ChildProcess | undefined;
  #server: ChildProcess | undefined;

  /** `assets`: the folder with the two programs. */
  constructor(assets: string) {
    this.#assets = assets;
  }

  async start(): Promise<string> {
    const [client, peer] = [this.#port + 1, this.#port + 2].map((port) => `http://127.0.0.1:${port}`);
    this.#etcd = this.#spawn('etcd', [
      `--data-dir=${join(this.#folder, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync',
    ]);
    const tokens = [
      `${TOKEN},admin,admin,system:masters`,
      `${AGENT_TOKEN},${AGENT},agent,system:serviceaccounts`,
    ];
    writeFileSync(join(this.#folder, 'tokens'), tokens.map((line) => `${line}\n`).join(''));
    await this.back();
    for (const crd of CRDS) await this.#client.create(CRD_PATH, crd);
    for (const resource of RESOURCES) await this.#client.serves(resource);
    return this.#kubeconfig(TOKEN);
  }

  /** For the agent as the manifests install it. */
  agentKubeconfig(): string {
    return this.#kubeconfig(AGENT_TOKEN);
  }

  /** Creates any object; what the server's types do not have is an error. */
  create(collection: string, object: object): Promise<void> {
    return this.#client.create(`${collection}?fieldValidation=Strict`, object);
  }

  #kubeconfig(token: string): string {
    return JSON.stringify({
      'current-context': 'test',
      clusters: [
        {
          name: 'test',
          cluster: { server: `https://127.0.0.1:${this.#port}`, 'insecure-skip-tls-verify': true },
        },
      ],
      users: [{ name: 'test', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    });
  }

  put(manifest: Manifest): Promise<number> {
    return this.#client.put(manifest);
  }

  remove(kind: string, name: string, namespace: string): Promise<void> {
    return this.#client.remove(kind, name, namespace);
  }

  count(kind: string): Promise<number> {
    return this.#client.count(kind);
  }

  away(): Promise<void> {
    return end(this.#server);
  }

  async back(): Promise<void> {
    const key = join(this.#folder, 'apiserver.key');
    this.#server = this.#spawn('kube-apiserver', [
      `--etcd-servers=http://127.0.0.1:${this.#port + 1}`,
      `--secure-port=${this.#port}`,
      '--bind-address=127.0.0.1',
      // Nobody is told; without it the server looks for a default route, which a test's namespace does not have.
      '--advertise-address=192.0.2.1',
      '--endpoint-reconciler-type=none',
      `--cert-dir=${this.#folder}`,
      `--token-auth-file=${join(this.#folder, 'tokens')}`,
      '--authorization-mode=RBAC',
      '--disable-admission-plugins=ServiceAccount,DefaultTolerationSeconds,Priority,NamespaceLifecycle',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
    ]);
    await this.#client.ready();
  }

  async stop(): Promise<void> {
    await end(this.#server);
    await end(this.#etcd);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    return spawn(join(this.#assets, program), args, { stdio: 'ignore' });
  }
}

/** Ends a process as nothing can be prepared for; resolves when it is gone. */
async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
