/** What agents write, at a real API server (KUBEBUILDER_ASSETS) with the CRDs, and with the rights of the manifests. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectionPath, connect, RESOURCES } from '@kncompile/compiler';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mappingOf, type RawObject } from '../../src/source/raw-object.ts';
import { CONDITION } from '../../src/status/condition.ts';
import { collectionOf, objectsOf } from '../manifests/rendered.ts';
import type { Manifest } from '../support/api-server/store.ts';
import { RealCluster } from '../support/cluster/real-cluster.ts';
import { inTemporaryFolder, startTestAgent, type TestAgent } from './support.ts';

const assets = process.env['KUBEBUILDER_ASSETS'];
if (assets) addTest(assets);
else skip('KUBEBUILDER_ASSETS names no folder with kube-apiserver and etcd');
test.run();

const V1ALPHA1 = 'policy.networking.k8s.io/v1alpha1';

/** One of each kind. The CRDs take the value of a label that no label can have, and we do not. */
function policies(isBroken: boolean): readonly Manifest[] {
  const subject = { namespaces: { matchLabels: { team: isBroken ? 'no label!' : 'blue' } } };
  const policy = (kind: string, apiVersion: string, name: string, spec: object): Manifest => ({
    apiVersion,
    kind,
    metadata: { name },
    spec: { subject, ...spec },
  });
  return [
    policy('AdminNetworkPolicy', V1ALPHA1, 'one', { priority: 5 }),
    policy('BaselineAdminNetworkPolicy', V1ALPHA1, 'default', {}),
    policy('ClusterNetworkPolicy', 'policy.networking.k8s.io/v1alpha2', 'one', {
      tier: 'Admin',
      priority: 5,
    }),
  ];
}

function addTest(folder: string): void {
  test('the server takes conditions and events of every kind, and shows what two agents have merged', () =>
    inTemporaryFolder(async (scratch) => {
      const cluster = new RealCluster(folder);
      const agents: TestAgent[] = [];
      try {
        writeFileSync(join(scratch, 'admin'), await cluster.start());
        for (const file of ['install-anp.yaml', 'install-cnp.yaml'])
          for (const object of objectsOf(file)) await cluster.create(collectionOf(object), object);
        const kubeconfig = join(scratch, 'agent');
        writeFileSync(kubeconfig, cluster.agentKubeconfig());
        const admin = await connect({ kubeconfig: join(scratch, 'admin') });
        const read = async (path: string): Promise<RawObject> =>
          mappingOf(JSON.parse(await text(await admin.get(path))));
        const names = async ({ kind, metadata }: Manifest): Promise<string | undefined> => {
          const resource = RESOURCES.find((each) => each.kind === kind) as (typeof RESOURCES)[number];
          const { status } = await read(`${collectionPath(resource)}/${metadata.name}`);
          const conditions = (mappingOf(status)['conditions'] ?? []) as RawObject[];
          const ours = conditions.find(({ type }) => type === CONDITION);
          return ours && /^not on (.*?): /.exec(String(ours['message']))?.[1];
        };
        const become = async (expected: string | undefined): Promise<void> => {
          for (let tries = 0; tries < 100; tries++) {
            const found = await Promise.all(policies(true).map(names));
            if (found.every((each) => each === expected)) return;
            await sleep(100);
          }
          const found = await Promise.all(policies(true).map(names));
          assert.equal({ found, said: agents.flatMap(({ lines }) => lines) }, { found: expected, said: [] });
        };

        const first = await startTestAgent(kubeconfig, 'node-a');
        const second = await startTestAgent(kubeconfig, 'node-b');
        agents.push(first, second);
        for (const policy of policies(true)) await cluster.put(policy);
        await become('node-a, node-b');
        const { items } = await read('/api/v1/namespaces/default/events');
        const events = items as readonly RawObject[];
        assert.equal(
          events.map(({ involvedObject }) => mappingOf(involvedObject)['kind']).toSorted(),
          policies(true).map(({ kind }) => kind),
        );
        assert.ok(events.every(({ message }) => String(message).includes('no label!')));
        for (const policy of policies(false)) await cluster.put(policy);
        await become(undefined);
        assert.equal([...first.lines, ...second.lines], []);
      } finally {
        await Promise.all(agents.map((agent) => agent.stop()));
        await cluster.stop();
      }
    }));
}
