/** S40–S44: whose address it is. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadFiles } from '../../src/cluster/load.ts';
import { Snapshot } from '../../src/decision/snapshot.ts';
import { type Cidr, parseCidr } from '../../src/values/cidr.ts';
import { address, clause, inWorld, judged, loadText, rulesetOf } from './clause.ts';
import { anp, banp, np, pod } from './documents.ts';

const CLOSED = 'podSelector: {}\npolicyTypes: [Ingress, Egress]';
const EGRESS = 'podSelector: {}\npolicyTypes: [Egress]';
const DB = 'podSelector: { matchLabels: { app: db } }';
const DENY_ALL =
  'priority: 0\nsubject: { namespaces: {} }\ningress: [{ action: Deny, from: [{ namespaces: {} }] }]\negress: [{ action: Deny, to: [{ networks: [0.0.0.0/0, "::/0"] }] }]';

judged(
  'S40',
  'a pod always reaches its own address',
  [np('shop', 'closed', CLOSED), anp('deny', DENY_ALL)],
  `shop/web -> shop/web tcp/80 udp/1 icmp gre: allow
   lab/tool -> lab/tool tcp/80: allow
   shop/web -> shop/db tcp/80: deny`,
);

judged(
  'S41',
  'a node reaches its local pods whatever the policies; other nodes do not',
  [np('shop', 'closed', CLOSED), anp('deny', DENY_ALL)],
  `node-1 -> shop/web, shop/db tcp/80 udp/1 icmp: allow
   node-2 -> shop/api tcp/80: allow
   node-2 -> shop/web, shop/db tcp/80: deny
   node-1 -> shop/api tcp/80: deny`,
);

judged(
  'S41',
  'every hostIP of its pods and every address of its host-network pods is the node’s',
  [
    np('shop', 'closed', CLOSED),
    `${pod('lab', 'a', '10.0.1.70')}\n`.replace('status: {', 'status: { hostIPs: [{ ip: 172.18.0.50 }],'),
    `${pod('lab', 'b', '172.18.0.51')}\n`.replace(
      'nodeName: node-1,',
      'nodeName: node-1, hostNetwork: true,',
    ),
  ],
  `172.18.0.50, 172.18.0.51 -> shop/web@4, shop/db@4 tcp/80: allow
   172.18.0.50, 172.18.0.51 -> shop/api@4 tcp/80: deny
   172.18.0.52 -> shop/web@4 tcp/80: deny`,
);

judged(
  'S41',
  'a pod’s way to its own node is judged by egress policy',
  [np('shop', 'out', EGRESS), np('bank', 'in', 'podSelector: {}')],
  `shop/web -> node-1, node-2 tcp/80 icmp: deny
   bank/web -> node-1 tcp/80: allow
   lab/tool -> node-2 tcp/80: allow`,
);

judged(
  'S41',
  'nodes and networks peers allow and deny the way to the own node',
  [
    np(
      'shop',
      'out',
      `${EGRESS}\negress: [{ to: [{ ipBlock: { cidr: 172.18.0.1/32 } }], ports: [{ port: 80 }] }]`,
    ),
    anp(
      'nodes',
      'priority: 3\nsubject: { namespaces: { matchLabels: { team: blue } } }\negress: [{ action: Deny, to: [{ nodes: { matchLabels: { zone: a } } }] }]',
    ),
  ],
  `shop/web@4 -> node-1 tcp/80: allow
   shop/web@6 -> node-1 tcp/80: deny
   shop/web -> node-1 tcp/81: deny
   bank/web -> node-1 tcp/80: deny
   bank/web -> node-2 tcp/80: allow`,
);

judged(
  'S41',
  'a node’s own facts answer for its address, not the block around it',
  [
    banp(`subject: { namespaces: {} }
egress:
  - { action: Allow, to: [{ nodes: { matchLabels: { zone: a } } }] }
  - { action: Deny, to: [{ networks: [172.18.0.0/24, "fd18::/64"] }] }`),
  ],
  `shop/web -> node-1 tcp/80: allow
   shop/web -> node-2 tcp/80: deny`,
);

judged(
  'S42',
  'host-network pods are never subjects',
  [np('shop', 'closed', CLOSED), anp('deny', DENY_ALL)],
  `node-2 -> world, lab/tool tcp/80: allow
   world -> node-2 tcp/80: allow`,
);

judged(
  'S42',
  'host-network pods are never selector peers; blocks match them',
  [
    np('shop', 'labels', `${DB}\ningress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }]`),
    np(
      'bank',
      'block',
      'podSelector: { matchLabels: { app: web } }\ningress: [{ from: [{ ipBlock: { cidr: 172.18.0.2/32 } }, { namespaceSelector: {} }] }]',
    ),
  ],
  `shop/web -> shop/db tcp/80: allow
   node-2 -> shop/db tcp/80: deny
   node-2@4 -> bank/web tcp/80: allow
   node-2@6 -> bank/web tcp/80: deny`,
);

judged(
  'S42',
  'their named ports are nobody’s (S26)',
  [
    `${pod('lab', 'host', '172.18.0.60', '{ app: host }', '[{ name: http, containerPort: 80 }]')}`.replace(
      'nodeName: node-1,',
      'nodeName: node-1, hostNetwork: true,',
    ),
    np('shop', 'out', `${EGRESS}\negress: [{ ports: [{ port: http }] }]`),
  ],
  'shop/web@4 -> lab/host tcp/80: deny',
);

judged(
  'S43',
  'selectors cover all addresses of a pod, blocks only their family',
  [
    np(
      'shop',
      'in',
      `${DB}\ningress: [{ from: [{ podSelector: {} }] }, { from: [{ ipBlock: { cidr: 203.0.113.0/24 } }] }]`,
    ),
  ],
  `shop/web@4 -> shop/db@4 tcp/80: allow
   shop/web@6 -> shop/db@6 tcp/80: allow
   world@4 -> shop/db tcp/80: allow
   world@6 -> shop/db tcp/80: deny`,
);

clause('S43', 'pods without an address never break a compile', async () => {
  const { objects } = await inWorld(np('shop', 'closed', CLOSED));
  const bare = objects.map((object) => (object.kind === 'Pod' ? { ...object, addresses: [] } : object));
  assert.not(rulesetOf(bare).sets.has('peers4'));
  assert.ok(
    rulesetOf([...objects, ...bare.map((object) => ({ ...object, name: `${object.name}-2` }))]).sets.has(
      'peers4',
    ),
  );
});

const BARE_POD = 'apiVersion: v1\nkind: Pod\nmetadata: { name: bare }\nspec: { nodeName: node-1 }';

clause('S43', 'from files, pods without an address get one of each family', async () => {
  const { objects } = await loadText(BARE_POD);
  const [bare] = objects;
  assert.ok(bare?.kind === 'Pod');
  assert.equal(
    bare.addresses.map((address) => address.includes(':')),
    [false, true],
  );
});

clause('S43', 'with pod CIDRs of one family the cluster is single stack', async () => {
  const podCidrs = [(parseCidr('10.77.0.0/24') as { cidr: Cidr }).cidr];
  const { objects } = await loadFiles(['-'], { podCidrs, stdin: async () => Buffer.from(BARE_POD) });
  const [bare] = objects;
  assert.ok(bare?.kind === 'Pod');
  assert.is(bare.addresses.length, 1);
  assert.match(bare.addresses[0] ?? '', /^10\.77\.0\.\d+$/);
});

judged(
  'S44',
  'a finished pod is neither peer nor subject',
  [
    np(
      'shop',
      'in',
      `${DB}\ningress: [{ from: [{ podSelector: { matchLabels: { app: web } } }, { ipBlock: { cidr: 203.0.113.0/24 } }] }]`,
    ),
    `${pod('shop', 'failed', '10.0.1.98', '{ app: web }')}`.replace('status: {', 'status: { phase: Failed,'),
    np('shop', 'out', 'podSelector: { matchLabels: { app: web } }\npolicyTypes: [Egress]'),
  ],
  'shop/web -> shop/db tcp/80: deny',
);

clause('S44', 'the address of a finished pod belongs to nobody, until a new pod has it', async () => {
  const finished = pod('shop', 'a', '10.0.1.90', '{ app: web }').replace(
    'status: {',
    'status: { phase: Succeeded,',
  );
  const heir = pod('bank', 'b', '10.0.1.90', '{ app: heir }');
  const policy = np(
    'shop',
    'in',
    `${DB}\ningress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }]`,
  );
  const [source, destination] = [address('10.0.1.90'), address('10.0.1.12')];
  for (const documents of [[finished], [finished, heir], [heir, finished]]) {
    const { objects } = await inWorld(...documents, policy);
    const snapshot = new Snapshot(objects);
    const owner = snapshot.cluster.podsByAddress.get(source);
    assert.is(owner?.name, documents.length === 1 ? undefined : 'b');
    const attempt = { source, destination, protocol: 6, port: 80 };
    assert.is(snapshot.judge('node-1', attempt).verdict, 'deny');
  }
});

judged(
  'S44',
  'the new pod with the address is a subject and a peer by its own labels',
  [
    pod('shop', 'a', '10.0.1.90', '{ app: web }').replace('status: {', 'status: { phase: Succeeded,'),
    pod('bank', 'b', '10.0.1.90', '{ app: heir }'),
    np(
      'shop',
      'in',
      `${DB}\ningress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: heir } } }] }]`,
    ),
    np(
      'bank',
      'out',
      'podSelector: { matchLabels: { app: heir } }\npolicyTypes: [Egress]\negress: [{ ports: [{ port: 80 }] }]',
    ),
  ],
  `bank/b -> shop/db tcp/80: allow
   bank/b -> shop/db tcp/81: deny
   shop/web -> shop/db tcp/80: deny`,
);

test.run();
