/** A policy that breaks its schema next to good ones: it takes nothing from them, and never opens anything (S50). */
import { Snapshot } from '@kncompile/compiler';
import { readPolicies } from '@kncompile/compiler/test/support/lab/manifests.ts';
import { difference, expectedOutcomes, observe } from '@kncompile/compiler/test/support/lab/matrix.ts';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { cellsOf } from '../support/lab-traffic.ts';
import { put } from '../support/manifest-edits.ts';
import { NodeLab } from '../support/node-lab.ts';

const GOOD = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: good, namespace: shop }
spec:
  podSelector: { matchLabels: { tier: back } }
  ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }]
`;
const admin = (
  rules: string,
  subject = '{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: db } } } }',
) => `
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: other }
spec: { priority: 5, subject: ${subject}, ingress: ${rules} }
`;
const network = (rules: string) => `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: other, namespace: shop }
spec: { podSelector: { matchLabels: { app: db } }, ingress: ${rules} }
`;
const ALLOW = '{ action: Allow, from: [{ namespaces: { matchLabels: { team: blue } } }] }';
const DENY = '{ action: Deny, from: [{ namespaces: { matchLabels: { team: red } } }] }';
const BLUE = '{ from: [{ namespaceSelector: { matchLabels: { team: blue } } }] }';

/** What breaks, how it was before, and a policy that is in force as the broken one is to be: what it denies, and nothing that it allows. */
const BROKEN: readonly (readonly [what: string, before: string, broken: string, inForce: string])[] = [
  [
    'a port out of range in an AdminNetworkPolicy',
    admin(`[${DENY}, ${ALLOW}]`),
    admin(
      `[${DENY}, { action: Allow, from: [{ namespaces: {} }], ports: [{ portNumber: { protocol: TCP, port: 70000 } }] }]`,
    ),
    admin('[{ action: Deny, from: [{ namespaces: {} }] }]'),
  ],
  [
    'a subject that nobody knows',
    admin(`[${DENY}, ${ALLOW}]`),
    admin(`[${ALLOW}]`, '{ nodes: {} }'),
    admin(`[${DENY}]`),
  ],
];
/** A real API server takes none of these. */
const REFUSED: typeof BROKEN = [
  [
    'a port name that is too long',
    network(`[${BLUE}]`),
    network(`[${BLUE.replace(' }', `, ports: [{ port: ${'x'.repeat(99)} }] }`)}]`),
    network('[]'),
  ],
  ['rules that are no list', network(`[${BLUE}]`), network('7'), network('[]')],
];

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests();
test.run();

function addTests(): void {
  test('broken policies isolate what they select, allow nothing, and leave the good ones alone', async () => {
    const node = await NodeLab.create();
    const cells = cellsOf(node.lab, 'shop/db', 'shop/cart');
    /** Fails unless every connection is what decide says about the cluster with these policies. */
    const assertLike = async (what: string, ...policies: readonly string[]): Promise<void> => {
      const objects = policies.reduce((manifests, policy) => put(policy)(manifests), cluster);
      const snapshot = new Snapshot(readPolicies(objects.map((each) => stringify(each)).join('---\n')));
      const expected = expectedOutcomes(snapshot, cells);
      const wrong = difference(snapshot, cells, expected, await observe(node.lab, cells, expected));
      if (wrong) assert.unreachable(`${what}: ${wrong}\n${node.log()}`);
    };
    const cluster = node.manifests;
    try {
      for (const [what, before, broken, inForce] of isReal() ? BROKEN : [...BROKEN, ...REFUSED]) {
        await node.become(GOOD, before);
        await assertLike(`before ${what}`, GOOD, before);
        await node.become(GOOD, broken);
        await assertLike(what, GOOD, inForce);
        assert.is(await node.agent.metric('kncompile_rejected_objects'), 1, what);
        assert.is(await node.agent.readiness(), 200, what);
        assert.match(node.log(), /"object":"\w+ (shop\/)?other".*"rejected/);
        await node.become(GOOD.replace('app: web', 'app: cart'), broken);
        await assertLike(`a good one changes beside ${what}`, GOOD.replace('app: web', 'app: cart'), inForce);
        await node.become(GOOD);
        await assertLike('without it', GOOD);
      }
    } finally {
      await node.close();
    }
  });
}

function isReal(): boolean {
  return process.env['KUBEBUILDER_ASSETS'] !== undefined;
}
