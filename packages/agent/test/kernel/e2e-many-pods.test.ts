/** A node with 250 pods, each of them protected. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Address, FAMILIES } from '@kncompile/compiler';
import type { Lab } from '@kncompile/compiler/test/support/lab/lab.ts';
import type { Cell } from '@kncompile/compiler/test/support/lab/matrix.ts';
import { monotonicMs } from '@kncompile/compiler/test/support/lab/protocol.ts';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { type Endpoint, NODE, ROUTER } from '@kncompile/compiler/test/support/lab/topology.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Manifest } from '../support/api-server/store.ts';
import { assertAsDecided } from '../support/lab-traffic.ts';
import { label } from '../support/manifest-edits.ts';
import { NodeLab } from '../support/node-lab.ts';

const PODS = 250;
const GROUPS = 10;
const PORT = 81;
/** Protocol number (IANA). */
const TCP = 6;
/** Whose namespace holds the pods that the lab does not have itself. */
const HOST = 'ops/plain';
const CLIENTS = ['shop/web-0', 'shop/cart', 'blog/api', 'shop/web-far', 'partner'];
const CHANGES = 30;

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests();
test.run();

function addTests(): void {
  test(`${PODS} pods of one node, ${GROUPS} policies: every connection is what decide says, before and after changes`, async () => {
    const node = await NodeLab.create();
    let server: ChildProcess | undefined;
    try {
      const own = node.lab.endpoints.filter(({ kind }) => kind === 'local pod').length;
      const pods = endpoints(node.lab, PODS - own);
      addAddresses(node.lab, pods);
      server = await serve(node.lab);
      const started = monotonicMs();
      await node.becomeObjects([...node.manifests, ...pods.map(manifest), ...policies()]);
      const loaded = monotonicMs() - started;
      const subjects = node.lab.exec(ROUTER, 'nft', [
        'list',
        'set',
        'inet',
        'kncompile',
        'subjects_ingress4',
      ]);
      assert.is(subjects.match(/10\.244\.1\.\d+/g)?.length, PODS);
      const cells = cellsTo(node.lab, pods);
      await assertAsDecided(node, 'at first', cells);
      const times: number[] = [];
      for (let n = 0; n < CHANGES; n++) {
        const before = monotonicMs();
        const labels = { group: `g${n % GROUPS}`, turn: 'second' };
        await node.becomeObjects(label('Pod', `many-${n}`, labels)(node.manifests));
        times.push(monotonicMs() - before);
      }
      await assertAsDecided(node, 'after the changes', cells);
      const { reconcile } = await node.agent.state();
      assert.equal([reconcile?.fullLoads, reconcile?.failedDeltas], [0, 0]);
      times.sort((a, b) => a - b);
      console.log(
        `${PODS} pods: in the kernel ${loaded.toFixed(0)} ms after the first was written; ${2 * cells.length} connections right; ${CHANGES} changes, p50 ${times[CHANGES >> 1]?.toFixed(0)} ms, max ${times.at(-1)?.toFixed(0)} ms from the write until all is seen settled; last event to commit ${reconcile?.lastEventToCommitMs.toFixed(1)} ms`,
      );
    } finally {
      server?.kill('SIGKILL');
      await node.close();
    }
  });
}

/** Addresses of the node's range that the lab does not use. */
function endpoints(lab: Lab, count: number): readonly Endpoint[] {
  const taken = new Set(lab.endpoints.map(({ addresses }) => addresses[4]));
  const free = Array.from({ length: 253 }, (_, index) => index + 2).filter(
    (number) => !taken.has(`10.244.1.${number}` as Address),
  );
  return free.slice(0, count).map((number, index) => ({
    name: `shop/many-${index}`,
    kind: 'local pod',
    site: lab.endpoint(HOST).site,
    addresses: { 4: `10.244.1.${number}` as Address, 6: `fd00:244:1::${number}` as Address },
  }));
}

function addAddresses(lab: Lab, pods: readonly Endpoint[]): void {
  const { site } = lab.endpoint(HOST);
  const batch = (where: string, lines: readonly string[]): string =>
    lab.exec(where, 'ip', ['-batch', '-'], `${lines.join('\n')}\n`);
  batch(
    site,
    pods.flatMap(({ addresses }) => [
      `addr add ${addresses[4]}/32 dev eth0`,
      `addr add ${addresses[6]}/128 dev eth0 nodad`,
    ]),
  );
  batch(
    ROUTER,
    pods.flatMap(({ addresses }) => FAMILIES.map((family) => `route add ${addresses[family]} dev ${site}`)),
  );
}

/** Answers on all addresses of the host; resolves when it does. */
async function serve(lab: Lab): Promise<ChildProcess> {
  const program = `require('net').createServer((c) => c.on('error', () => {})).listen({ host: '::', port: ${PORT}, backlog: 4096 }, () => console.log('up'))`;
  const netns = lab.netns(lab.endpoint(HOST).site);
  const server = spawn('ip', ['netns', 'exec', netns, process.execPath, '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  return server;
}

function manifest({ name, addresses }: Endpoint, index: number): Manifest {
  const [namespace = '', own = ''] = name.split('/');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: own, namespace, labels: { group: `g${index % GROUPS}`, turn: 'first' } },
    spec: { nodeName: NODE, containers: [{ name: 'c', image: 'i' }] },
    status: { phase: 'Running', podIPs: FAMILIES.map((family) => ({ ip: addresses[family] })) },
  };
}

/** One for each group, and one for all other pods. */
function policies(): readonly Manifest[] {
  const apps = ['web', 'cart', 'api', 'nobody'];
  const policy = (
    name: string,
    namespace: string,
    podSelector: object,
    app: string,
    port: number,
  ): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: {
      podSelector,
      ingress: [
        {
          from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app } } }],
          ports: [{ port }],
        },
      ],
    },
  });
  const ofGroups = Array.from({ length: GROUPS }, (_, group) => {
    const labels = { group: `g${group}`, turn: group % 2 ? 'first' : 'second' };
    return policy(`group-${group}`, 'shop', { matchLabels: labels }, apps[group % apps.length] ?? '', PORT);
  });
  const ofAll = ['shop', 'blog', 'ops'].map((namespace) =>
    policy('all', namespace, {}, 'cart', PORT - (namespace === 'shop' ? 0 : 1)),
  );
  return [...ofGroups, ...ofAll];
}

function cellsTo(lab: Lab, pods: readonly Endpoint[]): readonly Cell[] {
  return CLIENTS.map((name) => lab.endpoint(name)).flatMap((source) =>
    pods.flatMap((destination) =>
      FAMILIES.map((family) => {
        const [from, to] = [source.addresses[family], destination.addresses[family]];
        return {
          source,
          destination,
          probe: { protocol: 'TCP', from, to, port: PORT },
          attempt: { source: from, destination: to, protocol: TCP, port: PORT },
        };
      }),
    ),
  );
}
