/** domainNames (S37): a real resolver, the agent, and real connections to what pods are told. */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertWhole } from '@kncompile/compiler/test/support/lab/flow-checks.ts';
import type { Outcome } from '@kncompile/compiler/test/support/lab/protocol.ts';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { OUTSIDE, ROUTER } from '@kncompile/compiler/test/support/lab/topology.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AnswerCounts, AnswerFate } from '../../src/dns/dns-watch.ts';
import { queueCounts } from '../support/lab-traffic.ts';
import { NodeLab } from '../support/node-lab.ts';
import { Asker, Resolver } from './support/resolver.ts';

const PARTNER = { 4: '192.0.2.10', 6: '2001:db8:1::10' } as const;
const STRANGER = { 4: '198.51.100.20', 6: '2001:db8:2::20' } as const;
const SERVER = PARTNER[4];
/** Where NodeLocal DNSCache listens, and how it keeps its messages out of conntrack. */
const NODE_LOCAL = '169.254.20.10';
const UNTRACKED = `
table ip node_local_dns {
  chain incoming { type filter hook prerouting priority raw; ip daddr ${NODE_LOCAL} udp dport 53 notrack; }
  chain outgoing { type filter hook output priority raw; ip saddr ${NODE_LOCAL} udp sport 53 notrack; }
}`;
/** The kernel sends a first packet again after a second: within this time only the first can have come through. */
const FIRST_PACKET_MS = 900;

const POLICY = `
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: by-name }
spec:
  priority: 1
  subject: { pods: { namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: blog } }, podSelector: {} } }
  egress:
    - action: Allow
      to: [{ networks: [${PARTNER[4]}/32, "${PARTNER[6]}/128"] }]
      ports: [{ portNumber: { protocol: UDP, port: 53 } }, { portNumber: { protocol: TCP, port: 53 } }]
    - action: Allow
      to: [{ domainNames: [api.example.com, "*.wild.example.com", alias.example.com, many.example.com] }]
      ports: [{ portNumber: { protocol: TCP, port: 80 } }]
    - action: Deny
      to: [{ networks: [0.0.0.0/0, "::/0"] }]
`;

const ZONE = [
  `host-record=api.example.com,${STRANGER[4]},${STRANGER[6]},60`,
  `host-record=short.wild.example.com,${STRANGER[4]},2`,
  `host-record=wild.example.com,${STRANGER[4]},60`,
  `host-record=other.example.com,${STRANGER[4]},60`,
  `host-record=real.example.org,${STRANGER[4]},60`,
  'cname=alias.example.com,real.example.org,60',
  ...Array.from({ length: 150 }, (_, n) => `host-record=many.example.com,203.0.113.${n + 1},60`),
  `host-record=many.example.com,${STRANGER[4]},60`,
];

const missing =
  missingForLab() ?? (spawnSync('dnsmasq', ['--version']).error ? 'dnsmasq is missing' : undefined);
if (missing) skip(missing, 'namespaces');
else
  for (const datapath of ['kernel', 'queue'] as const)
    addTests(datapath, await NodeLab.create([`--datapath=${datapath}`]));
test.run();

function addTests(datapath: string, node: NodeLab): void {
  const { lab } = node;
  const askers: Asker[] = [];
  let resolver: Resolver | undefined;

  const pod = (name: string) => lab.endpoint(`blog/${name}`);
  const asker = (name: string, server: string = SERVER): Asker => {
    const made = new Asker(lab, lab.endpoint(name.includes('/') ? name : `blog/${name}`).site, server);
    askers.push(made);
    return made;
  };
  const reach = async (name: string, to: string, port = 80): Promise<Outcome> => {
    const from = pod(name).addresses[to.includes(':') ? 6 : 4];
    const [outcome] = await lab.probe([{ protocol: 'TCP', from, to, port }], FIRST_PACKET_MS);
    return outcome as Outcome;
  };
  const about = (text: string, body: () => Promise<void>): void => {
    test(`S37: --datapath=${datapath}: ${text}`, async () => {
      try {
        resolver ??= await Resolver.start(lab, OUTSIDE, [PARTNER[4], PARTNER[6]], ZONE);
        await node.become();
        await node.become(POLICY);
        await body();
      } catch (error) {
        console.log(node.log());
        console.log((await node.agent.state()).judge?.dnsAnswers);
        throw error;
      } finally {
        for (const each of askers.splice(0)) each.stop();
        await lab.closeFlows();
      }
    });
  };

  // First of all: probes that nobody answers are sent again for a long time, and some of those are queued.
  about('DNS of a pod without such rules does not pass the queues', async () => {
    const before = queueCounts(lab).queued;
    assert.equal((await asker('shop/cart').ask('api.example.com')).addresses, [STRANGER[4]]);
    assert.is(queueCounts(lab).queued, before);
    assert.equal((await asker('api').ask('api.example.com')).addresses, [STRANGER[4]]);
    assert.ok(queueCounts(lab).queued >= before + 2, 'a question and an answer of a pod with such rules');
  });

  about(
    'the first connection after the answer is let through, for the pod that asked, on the port of the rule',
    async () => {
      assert.is(await reach('api', STRANGER[4]), 'silent');
      assert.equal((await asker('api').ask('api.example.com')).addresses, [STRANGER[4]]);
      assert.is(await reach('api', STRANGER[4]), 'open');
      assert.is(await reach('api', STRANGER[4], 443), 'silent');
      assert.is(await reach('api', STRANGER[6]), 'silent', 'the other family was not asked for');
      assert.is(await reach('cache', STRANGER[4]), 'silent', 'another pod has not asked');
    },
  );

  about('an answer over one family may be about the other', async () => {
    assert.equal((await asker('api').ask('api.example.com', 'AAAA')).addresses, [STRANGER[6]]);
    assert.is(await reach('api', STRANGER[6]), 'open');
  });

  about('a wildcard means whole labels, never the apex; other names teach nothing', async () => {
    const one = asker('api');
    await one.ask('other.example.com');
    await one.ask('wild.example.com');
    await one.ask('real.example.org');
    assert.is(await reach('api', STRANGER[4]), 'silent');
    await one.ask('short.wild.example.com');
    assert.is(await reach('api', STRANGER[4]), 'open');
  });

  about('aliases within one answer are followed', async () => {
    await asker('api').ask('alias.example.com');
    assert.is(await reach('api', STRANGER[4]), 'open');
  });

  about('an answer with 151 addresses comes over TCP, and all of them count', async () => {
    const { addresses, error } = await asker('api').ask('many.example.com');
    assert.is(error, undefined);
    assert.is(addresses.length, 151);
    assert.is(await reach('api', STRANGER[4]), 'open');
  });

  about(
    'after the time to live no new connection, and those made before go on, whatever changes',
    async () => {
      await asker('api').ask('short.wild.example.com');
      const flow = {
        id: `${datapath}-kept`,
        protocol: 'TCP',
        from: pod('api').addresses[4],
        to: STRANGER[4],
        port: 80,
        sender: 'both',
      } as const;
      await lab.openFlows([flow], 5);
      await sleep(3500);
      assert.is(await reach('api', STRANGER[4]), 'silent');
      // Another policy takes a permission away: every connection is judged anew.
      await node.become(POLICY, POLICY.replace('by-name', 'more').replace('priority: 1', 'priority: 2'));
      await sleep(300);
      assertWhole([flow], await lab.hushFlows());
    },
  );

  about('an agent that is killed leaves what the kernel knew, and the next one goes on with it', async () => {
    await asker('api').ask('api.example.com');
    await node.restart();
    assert.is(await reach('api', STRANGER[4]), datapath === 'kernel' ? 'open' : 'silent');
    await asker('api').ask('api.example.com');
    assert.is(await reach('api', STRANGER[4]), 'open');
  });

  about('spoofed answers teach nothing and are counted; the true one among them does', async () => {
    const liar = await Resolver.startLiar(lab, OUTSIDE, STRANGER[4], PARTNER[4], STRANGER[4]);
    try {
      await node.become(POLICY.replace(PARTNER[4], STRANGER[4]));
      const before = (await node.agent.state()).judge?.dnsAnswers;
      const { addresses } = await asker('api', STRANGER[4]).ask('api.example.com');
      assert.equal(addresses, [PARTNER[4]]);
      assert.is(await reach('api', PARTNER[4]), 'open');
      assert.is(await reach('api', STRANGER[4]), 'silent');
      const grown = (fate: AnswerFate, now: AnswerCounts): number => now[fate] - (before?.[fate] ?? 0);
      await node.agent.until(
        'all answers are counted',
        ({ judge }) =>
          judge !== undefined &&
          grown('unasked', judge.dnsAnswers) === 3 &&
          grown('malformed', judge.dnsAnswers) === 1 &&
          grown('learned', judge.dnsAnswers) >= 1,
      );
    } finally {
      await liar.stop();
    }
  });

  about('a cache on the node, whose messages conntrack does not see, teaches as any other', async () => {
    lab.exec(ROUTER, 'ip', ['address', 'add', `${NODE_LOCAL}/32`, 'dev', 'lo']);
    lab.nft(UNTRACKED);
    const cache = await Resolver.start(lab, ROUTER, [NODE_LOCAL], ZONE);
    try {
      await node.become(POLICY.replace(PARTNER[4], NODE_LOCAL));
      const { addresses } = await asker('api', NODE_LOCAL).ask('api.example.com');
      assert.equal(addresses, [STRANGER[4]]);
      assert.is(await reach('api', STRANGER[4]), 'open');
    } finally {
      await cache.stop();
      lab.nft('delete table ip node_local_dns');
    }
  });

  about('without its policy a name means nothing', async () => {
    await asker('api').ask('api.example.com');
    await node.become(POLICY.replace('api.example.com, ', ''));
    assert.is(await reach('api', STRANGER[4]), 'silent');
  });

  test.after(async () => {
    await resolver?.stop();
    await node.close();
  });
}
