/** S16–S21: peers by label. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clause, inWorld, judged, loadText } from './clause.ts';
import { np } from './documents.ts';

const DB = 'podSelector: { matchLabels: { app: db } }';
const fromPods = (selector: string): string => `${DB}\ningress: [{ from: [{ podSelector: ${selector} }] }]`;
const fromNamespaces = (selector: string): string =>
  `${DB}\ningress: [{ from: [{ namespaceSelector: ${selector} }] }]`;

judged(
  'S16',
  'both selectors in one peer are ANDed',
  [
    np(
      'shop',
      'and',
      `${DB}\ningress: [{ from: [{ namespaceSelector: { matchLabels: { team: blue } }, podSelector: { matchLabels: { app: web } } }] }]`,
    ),
  ],
  `bank/web -> shop/db tcp/80: allow
   bank/db, shop/web, lab/tool, world -> shop/db tcp/80: deny`,
);

judged(
  'S16',
  'both selectors as items of the list are ORed',
  [
    np(
      'shop',
      'or',
      `${DB}\ningress: [{ from: [{ namespaceSelector: { matchLabels: { team: blue } } }, { podSelector: { matchLabels: { app: web } } }] }]`,
    ),
  ],
  `bank/web, bank/db, shop/web -> shop/db tcp/80: allow
   shop/api, lab/tool, world -> shop/db tcp/80: deny`,
);

judged(
  'S16',
  'an empty podSelector beside a namespaceSelector is every pod of those namespaces',
  [
    np(
      'shop',
      'and',
      `${DB}\ningress: [{ from: [{ namespaceSelector: { matchLabels: { team: blue } }, podSelector: {} }] }]`,
    ),
  ],
  `bank/web, bank/db -> shop/db tcp/80: allow
   shop/web, lab/tool -> shop/db tcp/80: deny`,
);

judged(
  'S17',
  'podSelector alone means pods of the policy’s own namespace',
  [
    np('shop', 'own', fromPods('{ matchLabels: { app: web } }')),
    np('lab', 'out', 'podSelector: {}\npolicyTypes: [Egress]\negress: [{ to: [{ podSelector: {} }] }]'),
  ],
  `shop/web -> shop/db tcp/80: allow
   bank/web, shop/api -> shop/db tcp/80: deny
   lab/tool -> shop/web, world tcp/80: deny`,
);

judged(
  'S17',
  'podSelector {} alone means all pods of the policy’s namespace',
  [np('shop', 'own', fromPods('{}'))],
  `shop/web, shop/api -> shop/db tcp/80: allow
   bank/web, bank/db, lab/tool, world, node-2 -> shop/db tcp/80: deny`,
);

judged(
  'S18',
  'namespaceSelector {} is every pod of every namespace, with or without an object, and no external address',
  [np('shop', 'all', fromNamespaces('{}'))],
  `shop/web, shop/api, bank/web, bank/db, lab/tool -> shop/db tcp/80: allow
   world, node-2, 10.9.9.9 -> shop/db@4 tcp/80: deny`,
);

for (const [what, peer] of [
  ['a peer without any field', '{}'],
  ['an ipBlock next to a podSelector', '{ ipBlock: { cidr: 10.0.0.0/8 }, podSelector: {} }'],
  ['an ipBlock next to a namespaceSelector', '{ ipBlock: { cidr: 10.0.0.0/8 }, namespaceSelector: {} }'],
] as const)
  for (const [direction, list] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const)
    clause('S19', `${what} is invalid in ${direction}`, async () => {
      const spec = `podSelector: {}\n${direction}: [{ ${list}: [${peer}] }]`;
      const { objects, diagnostics } = await inWorld(np('shop', 'bad', spec));
      assert.equal(
        diagnostics.map(({ code }) => code),
        [peer === '{}' ? 'peer-empty' : 'peer-ambiguous'],
      );
      assert.is(diagnostics[0]?.severity, 'error');
      assert.not(objects.some(({ kind }) => kind === 'NetworkPolicy'));
    });

judged(
  'S20',
  'every namespace carries its name as a label, without its own label and without an object',
  [
    np(
      'shop',
      'named',
      `${DB}\ningress: [{ from: [{ namespaceSelector: { matchExpressions: [{ key: kubernetes.io/metadata.name, operator: In, values: [lab, bank] }] } }] }]`,
    ),
  ],
  `lab/tool, bank/web, bank/db -> shop/db tcp/80: allow
   shop/web, world -> shop/db tcp/80: deny`,
);

judged(
  'S20',
  'a namespace cannot take another one’s name for a label',
  [
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: lab, labels: { kubernetes.io/metadata.name: bank } }',
    np('shop', 'named', fromNamespaces('{ matchLabels: { kubernetes.io/metadata.name: bank } }')),
  ],
  `bank/web -> shop/db tcp/80: allow
   lab/tool -> shop/db tcp/80: deny`,
);

/** Selector of pods of shop -> who of web {app: web, tier: front}, api {app: api, tier: back, note: ""} it selects. */
const SELECTORS: readonly (readonly [selector: string, web: boolean, api: boolean])[] = [
  ['{ matchLabels: { app: web } }', true, false],
  ['{ matchLabels: { app: web, tier: front } }', true, false],
  ['{ matchLabels: { app: web, tier: back } }', false, false],
  ['{ matchLabels: { app: web }, matchExpressions: [{ key: tier, operator: Exists }] }', true, false],
  ['{ matchLabels: { app: web }, matchExpressions: [{ key: note, operator: Exists }] }', false, false],
  ['{ matchExpressions: [{ key: app, operator: In, values: [web, api] }] }', true, true],
  ['{ matchExpressions: [{ key: app, operator: In, values: [api, other] }] }', false, true],
  ['{ matchExpressions: [{ key: note, operator: In, values: [""] }] }', false, true],
  ['{ matchExpressions: [{ key: note, operator: Exists }] }', false, true],
  ['{ matchExpressions: [{ key: missing, operator: Exists }] }', false, false],
  ['{ matchExpressions: [{ key: app, operator: NotIn, values: [web] }] }', false, true],
  ['{ matchExpressions: [{ key: note, operator: NotIn, values: [x] }] }', true, true],
  ['{ matchExpressions: [{ key: note, operator: NotIn, values: [""] }] }', true, false],
  ['{ matchExpressions: [{ key: missing, operator: NotIn, values: [web, ""] }] }', true, true],
  ['{ matchExpressions: [{ key: note, operator: DoesNotExist }] }', true, false],
  ['{ matchExpressions: [{ key: missing, operator: DoesNotExist }] }', true, true],
  ['{ matchLabels: { note: "" } }', false, true],
  ['{ matchLabels: { missing: "" } }', false, false],
  [
    '{ matchExpressions: [{ key: app, operator: Exists }, { key: note, operator: DoesNotExist }] }',
    true,
    false,
  ],
  ['{ matchLabels: {}, matchExpressions: [] }', true, true],
];

for (const [selector, web, api] of SELECTORS)
  judged(
    'S21',
    selector,
    [np('shop', 'p', fromPods(selector))],
    `shop/web -> shop/db tcp/80: ${web ? 'allow' : 'deny'}
     shop/api -> shop/db tcp/80: ${api ? 'allow' : 'deny'}`,
  );

for (const [selector, code] of [
  ['{ matchExpressions: [{ key: app, operator: In }] }', 'selector-values'],
  ['{ matchExpressions: [{ key: app, operator: NotIn, values: [] }] }', 'selector-values'],
  ['{ matchExpressions: [{ key: app, operator: Exists, values: [web] }] }', 'selector-values'],
  ['{ matchExpressions: [{ key: app, operator: DoesNotExist, values: [web] }] }', 'selector-values'],
  ['{ matchExpressions: [{ key: app, operator: Is, values: [web] }] }', 'field-value'],
] as const)
  clause('S21', `${selector} is invalid`, async () => {
    const { diagnostics } = await loadText(np('shop', 'p', fromPods(selector)));
    assert.equal(
      diagnostics.map((one) => one.code),
      [code],
    );
  });

test.run();
