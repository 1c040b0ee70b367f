/** What explain tells is what `decide` says and what the compiled ruleset does. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Member } from '../../../src/analysis/ends/resolve-end.ts';
import { EndResolver } from '../../../src/analysis/ends/resolve-end.ts';
import type { Transport } from '../../../src/analysis/ends/target.ts';
import type { DirectionStory, NearMiss, RuleStep } from '../../../src/analysis/explain/direction.ts';
import { groupByVerdict, tellPair } from '../../../src/analysis/explain/explain.ts';
import { Kernels } from '../../../src/analysis/explain/kernel.ts';
import { nodeAddresses } from '../../../src/cluster/cluster.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { DEFAULT_OPTIONS } from '../../../src/compiler/options.ts';
import { Snapshot } from '../../../src/decision/snapshot.ts';
import { strictest } from '../../../src/decision/verdicts.ts';
import type { ModelObject } from '../../../src/model/types.ts';
import { elementText } from '../../../src/nft/words.ts';
import type { Ruleset } from '../../../src/ruleset/ir.ts';
import { simulate } from '../../../src/ruleset/simulate.ts';
import type { Address } from '../../../src/values/address.ts';
import { getOrMake } from '../../../src/values/collections.ts';
import { LOCAL_NODE, REMOTE_NODE } from '../../property/generate/alphabet.ts';
import type { Flow } from '../../property/generate/packets.ts';
import { cases, describe } from '../../property/judged-case.ts';
import { firstPacket, hasUnknownEnd } from '../../property/judged-flow.ts';
import { holds } from '../../property/run.ts';

const OPTIONS = DEFAULT_OPTIONS;

test('the verdict of explain is that of decide, and each step fits it', () => {
  holds({
    values: cases,
    share: 0.25,
    describe,
    check: ([objects, flows]) => {
      const snapshot = new Snapshot(objects);
      for (const flow of flows) checkVerdict(objects, snapshot, flow);
    },
  });
});

test('the elements that explain names are those of the ruleset, and carry the verdict', () => {
  holds({
    values: cases,
    share: 0.1,
    describe,
    check: ([made, flows]) => {
      const objects = withSharedLabels(made);
      const snapshot = new Snapshot(objects);
      const kernels = new Kernels(objects, snapshot, OPTIONS);
      for (const flow of flows) checkKernels(objects, snapshot, kernels, flow);
    },
  });
});

/** Equal labels and ports as one object, as they are read: so pods can be found to be alike. */
function withSharedLabels(objects: readonly ModelObject[]): ModelObject[] {
  const shared = new Map<string, object>();
  const share = <T extends object>(value: T): T =>
    getOrMake(shared, JSON.stringify(value), () => value as object) as T;
  return objects.map((object) =>
    object.kind === 'Pod' ? { ...object, labels: share(object.labels), ports: share(object.ports) } : object,
  );
}

function transportOf({ protocol, destinationPort }: Flow): Transport | undefined {
  const word = ({ 6: 'TCP', 17: 'UDP', 132: 'SCTP' } as const)[protocol];
  if (word) return { protocol: word, port: destinationPort };
  return protocol === 1 || protocol === 58 ? { protocol: 'ICMP', port: undefined } : undefined;
}

function memberAt(resolver: EndResolver, address: Address): Member {
  const found = resolver.resolve({ kind: 'address', address });
  assert.ok('members' in found);
  return found.members[0] as Member;
}

function isPlaced(end: Member): boolean {
  return end.kind !== 'pod' || end.pod.node !== undefined;
}

function checkVerdict(objects: readonly ModelObject[], snapshot: Snapshot, flow: Flow): void {
  const transport = transportOf(flow);
  if (!transport) return;
  const { source, destination, protocol, destinationPort: port } = flow;
  const resolver = new EndResolver(snapshot.cluster);
  const pair = { from: memberAt(resolver, source), to: memberAt(resolver, destination) };
  const story = tellPair(snapshot, undefined, pair, transport);
  const attempt = { source, destination, protocol, port };
  // A fresh reference, which has been asked nothing before.
  const reference = new Snapshot(objects);
  const nodes = [LOCAL_NODE, REMOTE_NODE].map((node) => reference.judge(node, attempt));
  const known = isPlaced(pair.from) && isPlaced(pair.to);
  if (known) assert.is(story.verdict, strictest(nodes.map(({ verdict }) => verdict)));
  assert.equal(
    groupByVerdict(snapshot, [pair], transport).map(({ verdict }) => verdict),
    [story.verdict],
  );
  for (const direction of ['egress', 'ingress'] as const) {
    const told = story[direction];
    if (told.kind === 'judged') {
      checkSteps(told);
      if (told.pod.node === undefined) continue;
      const part = nodes.flatMap((judged) => judged[direction] ?? [])[0];
      assert.is(told.verdict, part?.verdict);
      assert.is(told.reason.rule, part?.reason.rule);
      assert.is(told.reason.policy, part?.reason.policy);
    } else assert.equal(known ? nodes.flatMap((judged) => judged[direction] ?? []) : [], []);
  }
}

/** The last step ends with what the verdict is, and nothing before it decides. */
function checkSteps(told: Extract<DirectionStory, { kind: 'judged' }>): void {
  const outcomes = told.steps.map(({ outcome }) => outcome);
  const finals = outcomes.filter((outcome) => ['allows', 'denies', 'isolates'].includes(outcome));
  assert.ok(finals.length <= 1);
  const [last] = finals;
  if (last) assert.is(outcomes.at(-1), last);
  const rules = told.steps.flatMap(({ policies }) => policies.flatMap((policy) => policy.rules));
  const hopes = rules.some(({ outcome }) => outcome === 'may match');
  const denied = last === 'denies' || last === 'isolates';
  assert.is(told.verdict, denied ? (hopes ? 'unresolved' : 'deny') : 'allow');
  if (told.verdict !== 'unresolved') {
    const matched = last && last !== 'isolates' ? rules.at(-1) : undefined;
    assert.is(told.reason.rule, matched?.rule);
  }
  for (const { outcome, lacks } of rules) assert.is(lacks.length > 0, outcome === 'no match');
  if (told.nearest) checkMiss(told.nearest, rules);
}

function checkMiss(miss: NearMiss, rules: readonly RuleStep[]): void {
  assert.is(miss.rule.action, 'allow');
  const step = rules.find(({ rule }) => rule === miss.rule);
  assert.is(step?.outcome, 'no match');
}

const KERNEL_VERDICTS = { allow: 'accept', deny: 'drop', unresolved: 'queue' } as const;

function checkKernels(
  objects: readonly ModelObject[],
  snapshot: Snapshot,
  kernels: Kernels,
  flow: Flow,
): void {
  const transport = transportOf(flow);
  if (!transport) return;
  const resolver = new EndResolver(snapshot.cluster);
  const pair = {
    from: memberAt(resolver, flow.source),
    to: memberAt(resolver, flow.destination),
  };
  // A pod without a node is local to whatever node is compiled.
  if (!isPlaced(pair.from) || !isPlaced(pair.to)) return;
  const story = tellPair(snapshot, kernels, pair, transport);
  const judgedBy = new Map<string, DirectionStory[]>();
  for (const told of [story.egress, story.ingress]) {
    const node = told.kind === 'judged' ? told.pod.node : undefined;
    if (node !== undefined) judgedBy.set(node, [...(judgedBy.get(node) ?? []), told]);
  }
  for (const { node, verdict, elements } of story.kernels) {
    const told = judgedBy.get(node) ?? [];
    judgedBy.delete(node);
    // Questions to DNS servers are the agent's, whatever the policies say of them (S37).
    if (verdict === 'queue' && elements.some(({ set }) => set.name.startsWith('dns_clients'))) continue;
    const expected = strictest(told.map((one) => (one.kind === 'judged' ? one.verdict : undefined)));
    // Unknown addresses are waited for, whatever the policies say of them.
    if (!hasUnknownEnd(snapshot, flow)) assert.is(verdict, KERNEL_VERDICTS[expected], `node ${node}`);
    const placed = objects.map((object) =>
      object.kind === 'Pod' && object.node === undefined ? { ...object, node } : object,
    );
    const hits = hitsOf(compile(placed, { ...OPTIONS, node }).ruleset, snapshot, node, flow);
    const shown = elements.map(({ set, element }) => `${set.name} ${elementText(set, element)}`);
    assert.equal(shown, verdict === 'queue' ? hits : hits.filter(isCarrier), `node ${node}`);
  }
  for (const [node, told] of judgedBy)
    assert.unreachable(`node ${node} judges ${told.map((one) => one.direction).join()} and is not told`);
}

/** The elements that the flow's first packet meets in the whole ruleset of a node. */
function hitsOf(ruleset: Ruleset, snapshot: Snapshot, node: string, flow: Flow): string[] {
  const hook = nodeAddresses(snapshot.cluster, node).has(flow.destination) ? 'input' : 'forward';
  const { elements } = simulate(ruleset, { ...firstPacket(flow, hook), ctMark: 0 });
  return elements.map((element) => {
    const set = [...ruleset.sets.values()].find(({ elements: own }) => [...own.values()].includes(element));
    return set ? `${set.shape.name} ${elementText(set.shape, element)}` : 'of no set';
  });
}

/** What is left when nothing is asked of the agent: without the last look at whether the ends are known. */
function isCarrier(hit: string, at: number, hits: readonly string[]): boolean {
  return (
    !hits[at - 1]?.startsWith('node_cidrs') &&
    /^(?:self|peers|cidrs|subjects_\w+|queued_\w+|(?:in|e)gress_\w+)[46] /.test(hit)
  );
}

test.run();
