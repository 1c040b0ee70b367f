/** Other programs in our table, and on our bits of the conntrack mark. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '@kncompile/compiler/test/support/lab/protocol.ts';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertAsDecided, cellsOf } from '../support/lab-traffic.ts';
import { NodeLab } from '../support/node-lab.ts';

const POLICIES = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }], ports: [{ port: 80 }, { port: 443, endPort: 8080 }] }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: all, namespace: blog }
spec: { podSelector: {}, policyTypes: [Ingress, Egress] }
`;

const HARM: readonly (readonly [what: string, commands: string])[] = [
  ['the ruleset is flushed', 'flush ruleset'],
  ['our table is deleted', 'delete table inet kncompile'],
  ['our table is flushed', 'flush table inet kncompile'],
  ['one chain is flushed', 'flush chain inet kncompile original'],
  ['a rule lets everybody in', 'insert rule inet kncompile forward accept'],
  ['a rule keeps everybody out', 'insert rule inet kncompile forward drop'],
  ['a subject is taken out', 'delete element inet kncompile subjects_ingress4 { 10.244.1.14 }'],
  ['a set is emptied', 'flush set inet kncompile subjects_egress6'],
  [
    'all at once',
    'flush map inet kncompile peers4\nflush chain inet kncompile deny\nadd chain inet kncompile strangers',
  ],
];

const MARKING = `table inet others {
  chain forward {
    type filter hook forward priority 0
    meta l4proto tcp ct mark set ct mark | 0x00400000
  }
}`;

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests();
test.run();

function addTests(): void {
  test('what others do to our table is repaired', async () => {
    const node = await NodeLab.create();
    try {
      await node.become(POLICIES);
      const cells = cellsOf(node.lab, 'shop/db', 'blog/front');
      let drifts = 0;
      for (const [what, commands] of HARM) {
        const started = monotonicMs();
        node.lab.nft(commands);
        drifts++;
        await node.agent.until(
          `repair: ${what}`,
          ({ reconcile, settled }) => reconcile?.drifts === drifts && settled,
        );
        const ms = monotonicMs() - started;
        await assertAsDecided(node, `${what}, and repaired`, cells);
        console.log(`${what}: repaired after ${ms.toFixed(0)} ms`);
      }
      assert.is(await node.agent.metric('kncompile_drifts_total'), drifts);
    } finally {
      await node.close();
    }
  });

  test('another program writes our bits of the conntrack mark: reported, also to the admin', async () => {
    const node = await NodeLab.create();
    try {
      await node.become(POLICIES);
      const started = monotonicMs();
      node.lab.nft(MARKING);
      const { findings } = await node.agent.until(
        'the finding',
        (state) => state.findings?.some(({ code }) => code === 'foreign-mark-writer') === true,
      );
      const ms = monotonicMs() - started;
      const found = findings?.find(({ code }) => code === 'foreign-mark-writer');
      assert.is(found?.effect, 'unenforced');
      assert.match(found?.message ?? '', /inet others forward/);
      assert.match(found?.fix ?? '', /--ct-mark-mask/);
      await sleep(100);
      assert.match(node.log(), /inet others forward/);
      console.log(`a program that writes our mark bits is reported after ${ms.toFixed(0)} ms`);
    } finally {
      await node.close();
    }
  });

  test('its bits elsewhere, with --ct-mark-mask: both get along', async () => {
    const node = await NodeLab.create(['--ct-mark-mask=0xff000000']);
    try {
      node.lab.nft(MARKING);
      await node.become(POLICIES);
      await assertAsDecided(node, 'with a program that marks connections');
      const { findings } = await node.agent.state();
      assert.not.ok(findings?.some(({ code }) => code === 'foreign-mark-writer'));
    } finally {
      await node.close();
    }
  });
}
