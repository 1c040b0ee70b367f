/** Addresses of pod CIDRs that turned out to be nobody's, and that the kernel has learned. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../src/compiler/compile.ts';
import { Compiler } from '../../src/compiler/compiler.ts';
import { Snapshot } from '../../src/decision/snapshot.ts';
import { applyTransaction, diffRulesets, isEmpty } from '../../src/ruleset/diff.ts';
import type { Element, Ruleset } from '../../src/ruleset/ir.ts';
import { SHAPES } from '../../src/ruleset/shapes.ts';
import { type Address, FAMILIES, familyOf } from '../../src/values/address.ts';
import { anp, pod } from '../semantics/documents.ts';
import { readPolicies } from '../support/lab/manifests.ts';
import { LOCAL_NODE } from './generate/alphabet.ts';
import { cases, describe } from './judged-case.ts';
import {
  assertOutcome,
  type Expected,
  firstPacket,
  hookOf,
  isDnsOfClient,
  OPTIONS,
  replyPacket,
} from './judged-flow.ts';
import { holds } from './run.ts';

/** The ruleset as the kernel has it after it has learned these addresses. */
function withLearned(ruleset: Ruleset, addresses: readonly Address[]): Ruleset {
  const sets = new Map(ruleset.sets);
  for (const family of FAMILIES) {
    const { learned } = SHAPES[family];
    if (!sets.has(learned.name)) continue;
    const own = addresses.filter((address) => familyOf(address) === family);
    const elements = own.map((address): [string, Element] => [
      address,
      { key: [address], value: undefined, reason: undefined },
    ]);
    sets.set(learned.name, { shape: learned, elements: new Map(elements) });
  }
  return { ...ruleset, sets };
}

const OUTCOME = { allow: 'accept', deny: 'drop', unresolved: 'queue' } as const;

test('a learned address is judged as an outside one if nobody has it, and as before if a pod does', () => {
  holds({
    values: cases,
    describe,
    share: 0.5,
    check: ([objects, flows]) => {
      const snapshot = new Snapshot(objects);
      const { ruleset } = compile(objects, OPTIONS);
      const ends = flows.flatMap(({ source, destination }) => [source, destination]);
      const learned = withLearned(ruleset, ends);
      for (const flow of flows) {
        const hook = hookOf(snapshot, flow);
        if (!hook) continue;
        const { source, destination, protocol, destinationPort: port } = flow;
        const judged = snapshot.judge(LOCAL_NODE, { source, destination, protocol, port });
        // A pod's half of a connection to its node is all that is judged (S41).
        const verdict = hook === 'input' ? (judged.egress?.verdict ?? 'allow') : judged.verdict;
        const expected: Expected =
          verdict === 'allow' && isDnsOfClient(snapshot, flow) ? 'queue' : OUTCOME[verdict];
        assertOutcome(learned, firstPacket(flow, hook), expected, 'first packet');
        if (hook === 'forward') assertOutcome(learned, replyPacket(flow), expected, 'unstamped reply');
      }
    },
  });
});

test('what is learned is no difference, and no transaction touches it', () => {
  holds({
    values: cases,
    describe,
    share: 0.1,
    check: ([objects, flows]) => {
      const { ruleset } = compile(objects, OPTIONS);
      const held = withLearned(
        ruleset,
        flows.map(({ source }) => source),
      );
      assert.ok(isEmpty(diffRulesets(held, ruleset)));
      assert.ok(isEmpty(diffRulesets(ruleset, held)));
      const later = compile(objects.slice(1), OPTIONS).ruleset;
      const after = applyTransaction(held, diffRulesets(held, later));
      for (const family of FAMILIES) {
        const { name } = SHAPES[family].learned;
        if (after.sets.has(name) && held.sets.has(name))
          assert.is(after.sets.get(name)?.elements.size, held.sets.get(name)?.elements.size);
      }
    },
  });
});

const NODE = `
apiVersion: v1
kind: Node
metadata: { name: node-1 }
spec: { podCIDRs: [10.0.0.0/16] }`;
const DENY_BAD = anp(
  'no-bad',
  'priority: 1\nsubject: { namespaces: {} }\ningress: [{ action: Deny, from: [{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: bad } } } }] }]',
);

for (const [label, learned, moves] of [
  ['bad', true, true],
  ['good', true, false],
  ['bad', false, false],
] as const)
  test(`S47: a ${learned ? 'learned' : 'merely unknown'} address that turns out to be a ${label} pod's ${moves ? 'ends' : 'leaves'} its connections`, () => {
    const compiler = new Compiler({ ...OPTIONS, node: 'node-1' });
    for (const object of readPolicies(
      [NODE, DENY_BAD, pod('shop', 'db', '10.0.0.1', '{ app: good }')].join('\n---\n'),
    ))
      compiler.set(object);
    const { generation } = compiler.commit();
    const address = '10.0.7.7' as Address;
    if (learned) compiler.noteLearned([address]);
    const late = pod('shop', 'late', address, `{ app: ${label} }`).replace(
      'nodeName: node-1',
      'nodeName: node-2',
    );
    for (const object of readPolicies(late)) compiler.set(object);
    assert.is(compiler.commit().generation, moves ? generation + 1 : generation);
  });

test.run();
