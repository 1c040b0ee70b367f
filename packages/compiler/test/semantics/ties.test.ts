/** S6–S9: the order of equals, and what the tiers leave to each other. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clause, inWorld, judged } from './clause.ts';
import { anp, banp, cnp, np } from './documents.ts';

const ALL = 'subject: { namespaces: {} }';
const fromAll = (action: string): string => `ingress: [{ action: ${action}, from: [{ namespaces: {} }] }]`;

judged(
  'S6',
  'policies of equal priority go by name, by code unit',
  [
    anp('p1', `priority: 7\n${ALL}\n${fromAll('Allow')}`),
    anp('p.a', `priority: 7\n${ALL}\n${fromAll('Allow')}`),
    anp('p-z', `priority: 7\n${ALL}\n${fromAll('Deny')}`),
  ],
  'shop/web -> shop/db tcp/80: deny',
  { messages: ['priority-tie', 'priority-tie'] },
);

judged(
  'S6',
  'the Baseline tier breaks ties likewise, apart from the Admin tier',
  [
    cnp('b', `tier: Baseline\npriority: 7\n${ALL}\n${fromAll('Accept')}`),
    cnp('a', `tier: Baseline\npriority: 7\n${ALL}\n${fromAll('Deny')}`),
    cnp('admin', `tier: Admin\npriority: 7\n${ALL}\n${fromAll('Pass')}`),
  ],
  'shop/web -> shop/db tcp/80: deny',
  { messages: ['priority-tie'] },
);

clause('S6', 'the warning names both objects', async () => {
  const { diagnostics } = await inWorld(
    anp('second', `priority: 7\n${ALL}\n${fromAll('Allow')}`),
    anp('first', `priority: 7\n${ALL}\n${fromAll('Deny')}`),
  );
  const [warning] = diagnostics;
  assert.is(diagnostics.length, 1);
  assert.is(warning?.severity, 'warning');
  assert.is(warning?.object?.name, 'second');
  assert.match(warning?.message ?? '', 'AdminNetworkPolicy first');
});

judged(
  'S7',
  'a subject of Admin and Baseline policies is not isolated: with no matching rule the next step decides',
  [
    anp(
      'some',
      `priority: 1\n${ALL}\ningress: [{ action: Allow, from: [{ namespaces: { matchLabels: { team: red } } }] }]`,
    ),
    banp(`${ALL}\negress: [{ action: Allow, to: [{ networks: [198.51.100.0/24] }] }]`),
    np('bank', 'closed', 'podSelector: {}'),
  ],
  `world, bank/web -> shop/db tcp/80 icmp: allow
   shop/web -> world tcp/80: allow
   shop/web -> bank/db tcp/80: allow
   lab/tool -> bank/db tcp/80: deny`,
);

judged(
  'S7',
  'an Admin policy without rules decides nothing',
  [anp('empty', `priority: 1\n${ALL}`), cnp('empty', `tier: Baseline\npriority: 1\n${ALL}\ningress: []`)],
  'world, bank/web -> shop/db tcp/80: allow',
);

judged(
  'S8',
  'both Admin kinds share one order: the lower priority first, whatever its kind',
  [
    anp('a', `priority: 5\n${ALL}\n${fromAll('Deny')}`),
    cnp(
      'z',
      `tier: Admin\npriority: 4\nsubject: { namespaces: { matchLabels: { team: red } } }\n${fromAll('Accept')}`,
    ),
  ],
  `lab/tool -> shop/db tcp/80: allow
   lab/tool -> bank/db tcp/80: deny`,
);

judged(
  'S8',
  'at equal priority the AdminNetworkPolicy comes first, whatever its name, and a warning says so',
  [
    cnp('a', `tier: Admin\npriority: 5\n${ALL}\n${fromAll('Accept')}`),
    anp('z', `priority: 5\n${ALL}\n${fromAll('Deny')}`),
  ],
  'lab/tool -> shop/db tcp/80: deny',
  { messages: ['priority-tie'] },
);

judged(
  'S8',
  'a Pass of either kind skips the other one too',
  [
    cnp('pass', `tier: Admin\npriority: 1\n${ALL}\n${fromAll('Pass')}`),
    anp('deny', `priority: 2\n${ALL}\n${fromAll('Deny')}`),
  ],
  'lab/tool -> shop/db tcp/80: allow',
);

judged(
  'S9',
  'a pod isolated in one direction meets the Baseline tier in the other',
  [
    np('shop', 'in', 'podSelector: {}\ningress: [{ from: [{ podSelector: {} }] }]'),
    np('bank', 'out', 'podSelector: {}\npolicyTypes: [Egress]\negress: [{ to: [{ podSelector: {} }] }]'),
    banp(
      `${ALL}\ningress: [{ action: Deny, from: [{ namespaces: {} }] }]\negress: [{ action: Deny, to: [{ namespaces: { matchLabels: { team: red } } }] }]`,
    ),
  ],
  `world -> shop/web tcp/80: deny
   shop/web -> shop/db tcp/80: deny
   shop/web -> world tcp/80: allow
   bank/web -> bank/db tcp/80: deny
   bank/web -> lab/tool tcp/80: deny
   world -> bank/db tcp/80: allow`,
);

test.run();
