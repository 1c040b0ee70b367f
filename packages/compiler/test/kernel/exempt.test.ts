import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FAMILIES, type Family } from '../../src/values/address.ts';
import { Enforcer } from '../support/lab/enforce.ts';
import { Lab } from '../support/lab/lab.ts';
import { readCluster, readPolicies } from '../support/lab/manifests.ts';
import type { Probe, ProbeProtocol } from '../support/lab/protocol.ts';
import { missingForLab } from '../support/lab/requires.ts';
import { ROUTER } from '../support/lab/topology.ts';
import { skip } from '../support/skip.ts';

// What no policy may break, and what is seen of addresses that somebody translates.

/** A service address that the node translates, as kube-proxy does. */
const SERVICE: Readonly<Record<Family, string>> = { 4: '10.96.0.10', 6: 'fd00:96::10' };

const DENY_ALL = ['shop', 'blog', 'ops']
  .map(
    (namespace) => `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed, namespace: ${namespace} }
spec: { podSelector: {}, policyTypes: [Ingress, Egress] }
`,
  )
  .join('---');

/** Lets web-0 ask db, and neither say anything of its own accord. */
const ONE_WAY = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ask, namespace: shop }
spec:
  podSelector: { matchLabels: { app: web } }
  policyTypes: [Egress]
  egress: [{ to: [{ podSelector: { matchLabels: { app: db } } }] }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: answer, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  policyTypes: [Ingress]
  ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }]
`;

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests(await Lab.create());
test.run();

function addTests(lab: Lab): void {
  const enforce = (policies: string) =>
    new Enforcer(lab).become([...readCluster(), ...readPolicies(policies)]);
  const probes = (from: string, to: string, protocol: ProbeProtocol, port: number): readonly Probe[] =>
    FAMILIES.map((family) => ({
      protocol,
      from: lab.endpoint(from).addresses[family],
      to: lab.endpoint(to).addresses[family],
      port,
    }));
  const bothWays = (from: string, to: string): readonly Probe[] => [
    ...probes(from, to, 'TCP', 80),
    ...probes(from, to, 'UDP', 80),
  ];
  test.after(() => lab.close());

  test('S40: a pod reaches itself through a service, with every direction closed', async () => {
    enforce(DENY_ALL);
    serve(lab, 'shop/web-0');
    const toItself = serviceProbes(lab, 'shop/web-0');
    assert.equal(
      await lab.probe(toItself),
      toItself.map(() => 'open'),
    );
    const toAnother = serviceProbes(lab, 'shop/web-1');
    assert.equal(
      await lab.probe(toAnother),
      toAnother.map(() => 'silent'),
    );
  });

  test('S41: the node reaches its pods, whatever they allow; they do not reach it, nor another node them', async () => {
    enforce(DENY_ALL);
    const toPod = bothWays('node near', 'shop/db');
    assert.equal(
      await lab.probe(toPod),
      toPod.map(() => 'open'),
    );
    const toNode = bothWays('shop/db', 'node near');
    assert.equal(
      await lab.probe(toNode),
      toNode.map(() => 'silent'),
    );
    const fromAfar = bothWays('node far', 'shop/db');
    assert.equal(
      await lab.probe(fromAfar),
      fromAfar.map(() => 'silent'),
    );
  });

  test('S45: ICMP errors of an allowed connection come back, although nothing may be sent that way', async () => {
    enforce(`${DENY_ALL}---${ONE_WAY}`);
    const toClosedPort = [
      ...probes('shop/web-0', 'shop/db', 'UDP', 9),
      ...probes('shop/web-0', 'shop/db', 'TCP', 9),
    ];
    assert.equal(
      await lab.probe(toClosedPort),
      toClosedPort.map(() => 'refused'),
    );
    const back = [...bothWays('shop/db', 'shop/web-0'), ...probes('shop/db', 'shop/web-0', 'ICMP', 0)];
    assert.equal(
      await lab.probe(back),
      back.map(() => 'silent'),
    );
  });

  test('services: the destination after translation is judged, the source before', async () => {
    enforce(`${DENY_ALL}---${ONE_WAY}`);
    serve(lab, 'shop/db');
    const allowed = serviceProbes(lab, 'shop/web-0');
    assert.equal(
      await lab.probe(allowed),
      allowed.map(() => 'open'),
    );
    const denied = serviceProbes(lab, 'shop/cart');
    assert.equal(
      await lab.probe(denied),
      denied.map(() => 'silent'),
    );
    serve(lab, 'shop/cart');
    assert.equal(
      await lab.probe(allowed),
      allowed.map(() => 'silent'),
    );
  });

  // The last one: what waits for a neighbour waits a second.
  test('S46: neighbour discovery works where the pod may send nothing', async () => {
    enforce(`${DENY_ALL}---${ONE_WAY}`);
    const site = lab.endpoint('shop/db').site;
    const forget = () => {
      for (const each of [ROUTER, site]) lab.exec(each, 'ip', ['-6', 'neigh', 'flush', 'all']);
    };
    const toDb = probes('shop/web-0', 'shop/db', 'TCP', 80);
    forget();
    assert.equal(await lab.probe(toDb), ['open', 'open']);
    // The pod asks for the router, too: its answers need the router's address first.
    const neighbours = lab.exec(ROUTER, 'ip', ['-6', 'neigh', 'show', lab.endpoint('shop/db').addresses[6]]);
    assert.match(neighbours, 'lladdr');
    lab.nft('add rule inet kncompile gate icmpv6 type { 133-137 } drop');
    lab.nft(
      'table inet lab { chain input { type filter hook input priority raw; icmpv6 type { 133-137 } drop; }; }',
    );
    forget();
    assert.equal(
      await lab.probe(toDb),
      ['open', 'silent'],
      'without neighbour discovery this test proves nothing',
    );
  });
}

function serviceProbes(lab: Lab, from: string): readonly Probe[] {
  return FAMILIES.flatMap((family) =>
    (['TCP', 'UDP'] as const).map((protocol) => ({
      protocol,
      from: lab.endpoint(from).addresses[family],
      to: SERVICE[family],
      port: 80,
    })),
  );
}

/** Sends the service's connections to port 8080 of a pod, and hides the client's address from it. */
function serve(lab: Lab, pod: string): void {
  const { addresses } = lab.endpoint(pod);
  lab.nft(`table inet services
delete table inet services
table inet services {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    ip daddr ${SERVICE[4]} meta l4proto { tcp, udp } dnat ip to ${addresses[4]}:8080
    ip6 daddr ${SERVICE[6]} meta l4proto { tcp, udp } dnat ip6 to [${addresses[6]}]:8080
  }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ct status dnat masquerade
  }
}`);
}
