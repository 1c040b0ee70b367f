/** What lint calls dead is dead, and what it does not call dead decides something. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { deadRules } from '../../../src/analysis/lint/dead-rules.ts';
import { broadestFirst, subjectIn, withDenyingPasses } from '../../../src/analysis/lint/order.ts';
import { Population } from '../../../src/analysis/lint/population.ts';
import { clusterOf } from '../../../src/cluster/cluster.ts';
import { decide, type Peer } from '../../../src/decision/decide.ts';
import type { CompiledPolicy, CompiledRule } from '../../../src/decision/policies.ts';
import { Snapshot } from '../../../src/decision/snapshot.ts';
import {
  DIRECTIONS,
  type Direction,
  type ModelObject,
  type Pod,
  type Policy,
  type Rule,
} from '../../../src/model/types.ts';
import { isPolicy } from '../../../src/objects/parse.ts';
import type { Address } from '../../../src/values/address.ts';
import { describeObjects } from '../../property/describe.ts';
import {
  DOMAINS,
  NODE_ADDRESSES,
  OUTSIDE_ADDRESSES,
  POD_ADDRESSES,
} from '../../property/generate/alphabet.ts';
import { cluster } from '../../property/generate/cluster.ts';
import { holds } from '../../property/run.ts';

const ADDRESSES: readonly Address[] = [POD_ADDRESSES, OUTSIDE_ADDRESSES].flatMap((lists) => [
  ...lists[4],
  ...lists[6],
]);
const EVERYWHERE = [...ADDRESSES, ...Object.values(NODE_ADDRESSES).flat()];

/** What a peer may be known by: nothing, none of the names, one of them, or all. */
const NAMES = [undefined, new Set<string>(), ...DOMAINS.map((name) => new Set([name])), new Set(DOMAINS)];

/** Every verdict that there is for the pods, without who decided. */
function table(objects: readonly ModelObject[]): string[] {
  const snapshot = new Snapshot(objects);
  return snapshot.cluster.pods.flatMap((pod) => {
    const subject = snapshot.subjectOf(pod);
    if (!subject) return [];
    return EVERYWHERE.flatMap((address) =>
      NAMES.flatMap((names) => {
        const peer = snapshot.peerAt(address, names);
        return DIRECTIONS.map((direction) => {
          const parts = joined(decide(direction, subject, peer));
          return `${direction} of ${pod.namespace}/${pod.name}, ${address} as ${[...(names ?? '?')].join()}: ${parts}`;
        });
      }),
    );
  });
}

function joined(parts: ReturnType<typeof decide>): string {
  const borders = parts.filter(({ verdict }, i) => verdict !== parts[i - 1]?.verdict);
  return borders.map(({ first, verdict }) => `${first} ${verdict}`).join(', ');
}

function without(objects: readonly ModelObject[], gone: ReadonlySet<Rule>): ModelObject[] {
  const left = (rules: readonly Rule[]): Rule[] => rules.filter((rule) => !gone.has(rule));
  return objects.map((object) =>
    isPolicy(object)
      ? { ...object, rules: { ingress: left(object.rules.ingress), egress: left(object.rules.egress) } }
      : object,
  );
}

test('without the rules that are called dead, one or all of them, every verdict is the same', () => {
  let found = 0;
  let proved = 0;
  holds({
    values: cluster,
    share: 0.1,
    describe: describeObjects,
    check: (objects) => {
      const dead = deadRules(new Population(clusterOf(objects)));
      if (dead.length === 0) return;
      found += dead.length;
      proved += dead.filter(({ scope }) => scope === 'any cluster').length;
      const before = table(objects);
      for (const { rule } of dead) assert.equal(table(without(objects, new Set([rule]))), before);
      assert.equal(table(without(objects, new Set(dead.map(({ rule }) => rule)))), before);
    },
  });
  assert.ok(found > proved && proved > 0, `${found} dead rules, ${proved} of them in any cluster`);
});

test('what is dead in any cluster is so with the pods of another one', () => {
  holds({
    values: cluster,
    share: 0.3,
    describe: describeObjects,
    check: (objects) => {
      const policies = objects.filter(isPolicy);
      const alone = deadRules(new Population(clusterOf(policies)));
      assert.ok(
        alone.every(({ scope }) => scope === 'any cluster'),
        'there is no pod to judge by',
      );
      const gone = new Set(alone.map(({ rule }) => rule));
      if (gone.size > 0) assert.equal(table(without(objects, gone)), table(objects));
    },
  });
});

test('a rule that is not called dead decides something, or matches nobody', () => {
  holds({
    values: cluster,
    share: 0.1,
    describe: describeObjects,
    check: (objects) => {
      const settled = objects.filter((object) => object.kind !== 'Pod' || object.addresses.length > 0);
      const population = new Population(clusterOf(settled));
      const dead = new Set(deadRules(population).map(({ rule }) => rule));
      const seen = witnesses(settled, population);
      for (const policy of settled.filter(isPolicy)) {
        for (const rule of asked(policy)) {
          if (dead.has(rule)) assert.not.ok(seen.deciding.has(rule), ruleName(policy, rule));
          else if (seen.matching.has(rule)) assert.ok(seen.deciding.has(rule), ruleName(policy, rule));
        }
      }
    },
  });
});

/** S12: the others are never asked, and a rule of its own tells of them. */
function asked({ tier, isolates, rules }: Policy): Rule[] {
  return DIRECTIONS.filter((direction) => tier !== 'network' || isolates[direction]).flatMap((direction) => [
    ...rules[direction],
  ]);
}

function ruleName({ kind, name }: Policy, { index }: Rule): string {
  return `${kind} ${name} rule ${index}`;
}

/** Which rules decide something, and which match somebody: pair by pair, address by address. */
function witnesses(objects: readonly ModelObject[], population: Population) {
  const deciding = new Set<Rule>();
  const matching = new Set<Rule>();
  const order = broadestFirst(population);
  const collect = (
    into: Set<Rule>,
    direction: Direction,
    policies: CompiledPolicy[],
    pod: Pod,
    peer: Peer,
  ) => {
    for (const { reason } of decide(direction, subjectIn(order, policies, pod.ports), peer))
      if (reason.rule) into.add(reason.rule);
  };
  // Ranges of outside addresses are as they are, whoever lives there: so they are seen once without pods and nodes.
  const worlds = [objects, objects.filter(isPolicy)].map((world) => new Snapshot(world));
  for (const pod of objects.filter((object) => object.kind === 'Pod')) {
    const own = policiesOf(worlds[0] as Snapshot, pod, population);
    for (const world of worlds)
      for (const address of EVERYWHERE)
        for (const names of NAMES.slice(1)) {
          const peer = world.peerAt(address, names);
          for (const direction of DIRECTIONS) {
            for (const tier of ['admin', 'network', 'baseline'] as const)
              collect(deciding, direction, withDenyingPasses(own, tier), pod, peer);
            for (const compiled of own)
              for (const rule of compiled.rules[direction])
                collect(matching, direction, [onlyWith(compiled, direction, rule)], pod, peer);
          }
        }
  }
  return { deciding, matching };
}

/** Found by the rules that the reference asks about the pod; none where it is no subject. */
function policiesOf(snapshot: Snapshot, pod: Pod, { compiled }: Population): CompiledPolicy[] {
  const subject = snapshot.subjectOf(pod);
  if (!subject) return [];
  const asking = Object.values(subject.rules).flatMap(({ tiers, isolation }) => [
    isolation?.policy,
    ...Object.values(tiers).flatMap(({ rules }) => rules.map(({ reason }) => reason.policy)),
  ]);
  return compiled.filter(({ policy }) => asking.includes(policy));
}

/** The policy as if it had this one rule, and the rule denied what it matches before anybody else is asked. */
function onlyWith(compiled: CompiledPolicy, direction: Direction, rule: CompiledRule): CompiledPolicy {
  const policy = { ...compiled.policy, tier: 'admin' as const, isolates: { ingress: false, egress: false } };
  const rules = { ingress: [], egress: [], [direction]: [{ ...rule, action: 'deny' as const }] };
  return { ...compiled, policy, rules };
}

test.run();
