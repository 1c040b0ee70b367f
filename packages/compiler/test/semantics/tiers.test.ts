/** S4 and S5: the steps below the Admin tier. */
import { test } from 'uvu';
import { judged } from './clause.ts';
import { banp, cnp, np } from './documents.ts';

const ALL = 'subject: { namespaces: {} }';
const DENY_INGRESS = 'podSelector: {}\npolicyTypes: [Ingress]';
const fromAll = (action: string): string => `ingress: [{ action: ${action}, from: [{ namespaces: {} }] }]`;

judged(
  'S4',
  'an isolated subject is allowed what any rule of any of its policies allows, and nothing else',
  [
    np(
      'shop',
      'one',
      'podSelector: {}\ningress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }]',
    ),
    np(
      'shop',
      'two',
      'podSelector: { matchLabels: { app: db } }\ningress: [{ ports: [{ port: 53, protocol: UDP }] }]',
    ),
    np('shop', 'three', DENY_INGRESS),
  ],
  `shop/web -> shop/db tcp/80 udp/53 icmp: allow
   world -> shop/db udp/53: allow
   world -> shop/db tcp/53: deny
   bank/web -> shop/api udp/53: deny`,
);

judged(
  'S4',
  'NetworkPolicy is final: the Baseline tier is asked only about subjects that none isolates',
  [
    np('shop', 'web', 'podSelector: {}\ningress: [{ from: [{ podSelector: {} }] }]'),
    banp(
      `${ALL}\ningress:\n  - { action: Allow, from: [{ namespaces: { matchLabels: { team: blue } } }] }\n  - { action: Deny, from: [{ namespaces: {} }] }`,
    ),
  ],
  `shop/web -> shop/db tcp/80: allow
   bank/web -> shop/db tcp/80: deny
   bank/web -> lab/tool tcp/80: allow
   shop/web -> lab/tool tcp/80: deny`,
);

judged(
  'S5',
  'in the Baseline tier too the first matching rule decides, by priority',
  [
    cnp('a', `tier: Baseline\npriority: 9\n${ALL}\n${fromAll('Accept')}`),
    cnp(
      'b',
      `tier: Baseline\npriority: 8\nsubject: { namespaces: { matchLabels: { team: red } } }\n${fromAll('Deny')}`,
    ),
  ],
  `lab/tool -> shop/db tcp/80: deny
   lab/tool -> bank/db tcp/80: allow`,
);

judged(
  'S5',
  'the BaselineAdminNetworkPolicy comes after every ClusterNetworkPolicy of the Baseline tier',
  [
    banp(`${ALL}\n${fromAll('Deny')}`),
    cnp(
      'last',
      `tier: Baseline\npriority: 1000\nsubject: { namespaces: { matchLabels: { team: red } } }\n${fromAll('Accept')}`,
    ),
  ],
  `lab/tool -> shop/db tcp/80: allow
   lab/tool -> bank/db tcp/80: deny`,
);

judged(
  'S5',
  'Pass in the Baseline tier leaves it: allow',
  [
    cnp(
      'pass',
      `tier: Baseline\npriority: 1\nsubject: { namespaces: { matchLabels: { team: red } } }\n${fromAll('Pass')}`,
    ),
    cnp('deny', `tier: Baseline\npriority: 2\n${ALL}\n${fromAll('Deny')}`),
    banp(`${ALL}\n${fromAll('Deny')}`),
  ],
  `lab/tool -> shop/db tcp/80: allow
   lab/tool -> bank/db tcp/80: deny`,
);

judged(
  'S5',
  'a BaselineAdminNetworkPolicy is called default, and knows no Pass',
  [banp(`${ALL}\n${fromAll('Deny')}`, 'other'), banp(`${ALL}\n${fromAll('Pass')}`)],
  'lab/tool -> shop/db tcp/80: allow',
  { messages: ['baseline-name', 'action-unknown'] },
);

test.run();
