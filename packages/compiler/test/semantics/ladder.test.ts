/** S1–S3: the ladder, and its first step. */
import { test } from 'uvu';
import { judged } from './clause.ts';
import { anp, banp, cnp, np } from './documents.ts';

const ALL = 'subject: { namespaces: {} }';
const DENY_INGRESS = 'podSelector: {}\npolicyTypes: [Ingress]';
const DENY_EGRESS = 'podSelector: {}\npolicyTypes: [Egress]';
const fromAll = (action: string): string => `ingress: [{ action: ${action}, from: [{ namespaces: {} }] }]`;
const toAll = (action: string): string => `egress: [{ action: ${action}, to: [{ namespaces: {} }] }]`;

judged(
  'S1',
  'egress at the source and ingress at the destination must both allow',
  [np('shop', 'no-egress', DENY_EGRESS), np('bank', 'no-ingress', DENY_INGRESS)],
  `shop/web -> lab/tool tcp/80: deny
   lab/tool -> bank/web tcp/80: deny
   shop/web -> bank/web tcp/80: deny
   lab/tool -> shop/web tcp/80: allow
   bank/web -> lab/tool tcp/80: allow
   world -> shop/web tcp/80: allow`,
);

judged(
  'S1',
  'a node judges egress of its own pods only, and ingress to its own pods only',
  [np('shop', 'no-egress', DENY_EGRESS), np('shop', 'no-ingress', DENY_INGRESS)],
  `bank/web -> shop/api tcp/80: allow at node-1
   bank/web -> shop/api tcp/80: deny at node-2
   shop/api -> bank/web tcp/80: allow at node-1
   shop/api -> bank/web tcp/80: deny at node-2
   bank/db -> lab/tool tcp/80: allow at node-1`,
);

judged(
  'S2',
  'the Admin tier comes before NetworkPolicy, in both senses',
  [
    anp('deny', `priority: 1\nsubject: { namespaces: { matchLabels: { team: red } } }\n${fromAll('Deny')}`),
    anp(
      'allow',
      `priority: 2\nsubject: { namespaces: { matchLabels: { team: blue } } }\n${fromAll('Allow')}`,
    ),
    np('shop', 'open', 'podSelector: {}\ningress: [{}]'),
    np('bank', 'closed', DENY_INGRESS),
  ],
  `lab/tool -> shop/web tcp/80: deny
   lab/tool -> bank/web tcp/80: allow
   world -> shop/web tcp/80: allow
   world -> bank/web tcp/80: deny`,
);

judged(
  'S2',
  'NetworkPolicy comes before the Baseline tier, in both senses; the Baseline tier before allow',
  [
    banp(`${ALL}\n${fromAll('Deny')}`),
    np('shop', 'open', 'podSelector: {}\ningress: [{}]'),
    cnp(
      'base',
      `tier: Baseline\npriority: 0\nsubject: { namespaces: { matchLabels: { team: blue } } }\n${fromAll('Accept')}`,
    ),
    np('bank', 'closed', 'podSelector: { matchLabels: { app: web } }\npolicyTypes: [Ingress]'),
  ],
  `lab/tool -> shop/web tcp/80: allow
   lab/tool -> bank/web tcp/80: deny
   shop/web -> bank/db tcp/80: allow
   shop/web -> lab/tool tcp/80: deny
   world -> lab/tool tcp/80: allow`,
);

judged(
  'S2',
  'without any policy everything is allowed',
  [],
  'shop/web, world -> shop/db tcp/80 udp/1 icmp gre: allow',
);

judged(
  'S3',
  'policies are asked by ascending priority, whatever their names and places',
  [
    anp('a', `priority: 20\n${ALL}\n${fromAll('Allow')}`),
    anp('b', `priority: 3\n${ALL}\n${fromAll('Deny')}`),
    anp('c', `priority: 100\n${ALL}\n${fromAll('Allow')}`),
  ],
  'shop/web -> shop/db tcp/80: deny',
);

judged(
  'S3',
  'within a policy the first matching rule decides, port by port',
  [
    anp(
      'order',
      `priority: 1
${ALL}
ingress:
  - { action: Allow, from: [{ namespaces: {} }], ports: [{ portNumber: { port: 80 } }] }
  - { action: Deny, from: [{ namespaces: {} }], ports: [{ portRange: { start: 70, end: 90 } }] }
  - { action: Allow, from: [{ namespaces: {} }], ports: [{ portNumber: { port: 81 } }] }`,
    ),
  ],
  `shop/web -> shop/db tcp/80: allow
   shop/web -> shop/db tcp/70 tcp/79 tcp/81 tcp/90: deny
   shop/web -> shop/db tcp/69 tcp/91 udp/80: allow`,
);

judged(
  'S3',
  'Allow ends the direction: neither NetworkPolicy nor Baseline is asked',
  [
    anp('allow', `priority: 1\n${ALL}\n${fromAll('Allow')}`),
    np('shop', 'closed', DENY_INGRESS),
    banp(`${ALL}\n${fromAll('Deny')}`),
  ],
  `shop/web -> shop/db tcp/80: allow
   bank/web -> lab/tool tcp/80: allow`,
);

judged(
  'S3',
  'Allow ends one direction only: the other is judged by itself',
  [anp('allow', `priority: 1\n${ALL}\n${toAll('Allow')}`), np('shop', 'closed', DENY_INGRESS)],
  'bank/web -> shop/db tcp/80: deny',
);

judged(
  'S3',
  'Pass skips the rest of the tier, later rules and later policies, for what it matches',
  [
    anp(
      'pass',
      `priority: 1
${ALL}
ingress:
  - { action: Pass, from: [{ namespaces: {} }], ports: [{ portNumber: { port: 80 } }] }
  - { action: Deny, from: [{ namespaces: {} }] }`,
    ),
    anp('later', `priority: 2\n${ALL}\n${fromAll('Deny')}`),
    np('shop', 'some', 'podSelector: {}\ningress: [{ from: [{ podSelector: {} }] }]'),
  ],
  `shop/web -> shop/db tcp/80: allow
   bank/web -> shop/db tcp/80: deny
   bank/web -> lab/tool tcp/80: allow
   shop/web -> shop/db tcp/81: deny`,
);

test.run();
