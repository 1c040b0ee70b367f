/** The simulator runs chains as the kernel does. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type {
  Chain,
  ChainRule,
  Element,
  Match,
  Ruleset,
  RulesetSet,
  SetShape,
  Statement,
} from '../../src/ruleset/ir.ts';
import { elementKey } from '../../src/ruleset/ir.ts';
import { type Packet, simulate } from '../../src/ruleset/simulate.ts';
import type { Address } from '../../src/values/address.ts';

const PACKET: Packet = {
  hook: 'forward',
  source: '10.0.0.1' as Address,
  destination: '10.0.0.2' as Address,
  protocol: 6,
  sourcePort: 40000,
  destinationPort: 80,
  state: 'new',
  direction: 'original',
  ctMark: 0x0000_00ff,
};

const rule = (statements: readonly Statement[], ...matches: readonly Match[]): ChainRule => ({
  matches,
  statements,
});
const [ACCEPT, DROP, RETURN]: readonly [Statement, Statement, Statement] = [
  { kind: 'accept' },
  { kind: 'drop' },
  { kind: 'return' },
];
const jump = (chain: string): Statement => ({ kind: 'jump', chain });
const goto = (chain: string): Statement => ({ kind: 'goto', chain });
const udp: Match = { kind: 'l4proto', protocols: [17] };

function rulesetOf(
  chains: Readonly<Record<string, readonly ChainRule[]>>,
  sets: readonly RulesetSet[] = [],
): Ruleset {
  const made = Object.entries(chains).map(
    ([name, rules]): Chain => ({
      name,
      rules,
      hook: name === 'forward' ? { hook: 'forward', priority: -1 } : undefined,
    }),
  );
  return { generation: 1, chains: made, sets: new Map(sets.map((set) => [set.shape.name, set])) };
}

const verdict = (chains: Readonly<Record<string, readonly ChainRule[]>>): string =>
  simulate(rulesetOf(chains), PACKET).verdict;

test('a base chain without verdict accepts, and so does a hook without chain', () => {
  assert.is(verdict({ forward: [rule([{ kind: 'counter' }])] }), 'accept');
  assert.is(simulate(rulesetOf({ forward: [rule([DROP])] }), { ...PACKET, hook: 'input' }).verdict, 'accept');
});

test('after a jump the caller goes on where the callee ends or returns', () => {
  assert.is(verdict({ callee: [], forward: [rule([jump('callee')]), rule([DROP])] }), 'drop');
  assert.is(
    verdict({ callee: [rule([RETURN]), rule([ACCEPT])], forward: [rule([jump('callee')]), rule([DROP])] }),
    'drop',
  );
  assert.is(verdict({ callee: [rule([ACCEPT])], forward: [rule([jump('callee')]), rule([DROP])] }), 'accept');
});

test('after a goto the caller is over: its caller goes on', () => {
  const chains = { last: [], middle: [rule([goto('last')]), rule([ACCEPT])] };
  assert.is(verdict({ ...chains, forward: [rule([jump('middle')]), rule([DROP])] }), 'drop');
  assert.is(verdict({ last: [], forward: [rule([goto('last')]), rule([DROP])] }), 'accept');
});

test('a return in a base chain ends it: accept', () => {
  assert.is(verdict({ forward: [rule([RETURN]), rule([DROP])] }), 'accept');
});

test('a rule acts only when all its matches hold', () => {
  assert.is(verdict({ forward: [rule([DROP], { kind: 'family', family: 4 }, udp)] }), 'accept');
  assert.is(
    verdict({ forward: [rule([DROP], { kind: 'family', family: 4 }, { kind: 'ct-state', state: 'new' })] }),
    'drop',
  );
});

const map: SetShape = {
  name: 'm',
  family: 4,
  fields: ['address'],
  value: 'class',
  interval: false,
  timed: false,
};
const ranges: SetShape = {
  name: 'r',
  family: 4,
  fields: ['class', 'address', 'protocol', 'port'],
  value: 'verdict',
  interval: true,
  timed: false,
};
const setOf = (shape: SetShape, ...elements: readonly Element[]): RulesetSet => ({
  shape,
  elements: new Map(elements.map((element) => [elementKey(element.key), element])),
});
const lookUp: Statement = { kind: 'map-priority', family: 4, fields: ['saddr'], map: 'm' };

test('a map that has no such key ends the rule and leaves the priority', () => {
  const chains = { forward: [rule([{ kind: 'set-priority', value: 7 }]), rule([lookUp, DROP])] };
  const other = { key: ['10.9.9.9' as Address], value: 9, reason: undefined };
  const missed = simulate(rulesetOf(chains, [setOf(map, other)]), PACKET);
  assert.equal([missed.verdict, missed.priority, missed.elements.length], ['accept', 7, 0]);
  const own = { key: [PACKET.source], value: 9, reason: undefined };
  const hit = simulate(rulesetOf(chains, [setOf(map, own, other)]), PACKET);
  assert.equal([hit.verdict, hit.priority, hit.elements], ['drop', 9, [own]]);
});

test('ranges hold both their ends', () => {
  const inRanges: Match = {
    kind: 'in',
    family: 4,
    fields: ['priority', 'saddr', 'l4proto', 'dport'],
    set: 'r',
  };
  const element = { key: [0, PACKET.source, 6, { first: 80, last: 90 }], value: 1, reason: undefined };
  const ruleset = rulesetOf({ forward: [rule([DROP], inRanges)] }, [setOf(ranges, element)]);
  const at = (destinationPort: number, protocol = 6) =>
    simulate(ruleset, { ...PACKET, destinationPort, protocol }).verdict;
  assert.equal(
    [79, 80, 90, 91].map((port) => at(port)),
    ['accept', 'drop', 'drop', 'accept'],
  );
  assert.is(at(80, 17), 'accept');
});

test('a stamp changes its own bits of the mark, and none on untracked packets', () => {
  const ruleset = rulesetOf({ forward: [rule([{ kind: 'stamp', mask: 0xfff0_0000, value: 0xfff0_0000 }])] });
  assert.is(simulate(ruleset, PACKET).ctMark, 0xfff0_00ff);
  assert.is(simulate(ruleset, { ...PACKET, state: 'untracked', ctMark: 0 }).ctMark, 0);
});

test('untracked packets have no state, direction or mark to match', () => {
  const untracked: Packet = { ...PACKET, state: 'untracked', direction: 'reply', ctMark: 0 };
  for (const match of [
    { kind: 'ct-state', state: 'new' },
    { kind: 'ct-direction', direction: 'reply' },
    { kind: 'ct-mark', mask: 0xff, value: 0 },
  ] as const)
    assert.is(simulate(rulesetOf({ forward: [rule([DROP], match)] }), untracked).verdict, 'accept');
});

test('a rule into a set or chain that is not there is an error, not an answer', () => {
  assert.throws(() => simulate(rulesetOf({ forward: [rule([lookUp])] }), PACKET), /set m/);
  assert.throws(() => verdict({ forward: [rule([jump('nowhere')])] }), /nowhere/);
});

test('rules met are counted, hit or not', () => {
  const chains = {
    callee: [rule([RETURN], udp), rule([RETURN])],
    forward: [rule([DROP], udp), rule([jump('callee')]), rule([ACCEPT])],
  };
  assert.is(simulate(rulesetOf(chains), PACKET).rulesPassed, 5);
});

test.run();
