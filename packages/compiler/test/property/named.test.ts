/** Addresses that pods were told for DNS names (S37): the kernel answers as decide does with the names known. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Compiler } from '../../src/compiler/compiler.ts';
import { Snapshot } from '../../src/decision/snapshot.ts';
import type { ModelObject } from '../../src/model/types.ts';
import { applyTransaction, EMPTY_RULESET } from '../../src/ruleset/diff.ts';
import { type Element, elementKey, type Ruleset } from '../../src/ruleset/ir.ts';
import { SHAPES } from '../../src/ruleset/shapes.ts';
import { simulate } from '../../src/ruleset/simulate.ts';
import { type Address, FAMILIES, familyOf } from '../../src/values/address.ts';
import { domainHolds } from '../../src/values/domain.ts';
import { describeFlow } from './describe.ts';
import { LOCAL_NODE } from './generate/alphabet.ts';
import { type Case, cases, describe } from './judged-case.ts';
import {
  expectedOutcome,
  firstPacket,
  hasUnknownEnd,
  hookOf,
  isDnsOfClient,
  OPTIONS,
  replyPacket,
} from './judged-flow.ts';
import { holds } from './run.ts';

const NAMES = ['example.com', 'www.example.com', 'a.b.example.com', 'example.org', 'other.net'];

interface Told {
  readonly subject: Address;
  readonly address: Address;
  readonly name: string;
}

/** The flows' own ends, so that something is known of most of them. */
function told([, flows]: Case, choices: readonly number[]): Told[] {
  return flows.flatMap(({ source, destination }, i) => {
    const name = NAMES[(choices[i] ?? 0) % (NAMES.length + 2)];
    return name === undefined ? [] : [{ subject: source, address: destination, name }];
  });
}

/** The ruleset while the time to live of all that was told has not ended. */
function fresh(ruleset: Ruleset, all: readonly Told[]): Ruleset {
  const sets = new Map(ruleset.sets);
  for (const family of FAMILIES) {
    const { freshNames } = SHAPES[family];
    if (!sets.has(freshNames.name)) continue;
    const elements = all
      .filter(({ address }) => familyOf(address) === family)
      .map(({ subject, address }): [string, Element] => {
        const key = [subject, address];
        return [elementKey(key), { key, value: undefined, reason: undefined }];
      });
    sets.set(freshNames.name, { shape: freshNames, elements: new Map(elements) });
  }
  return { ...ruleset, sets };
}

/** The names, as the policies write them, that an address answers to for a pod. */
function patternsOf(objects: readonly ModelObject[], names: readonly string[]): Set<string> {
  const patterns = new Set<string>();
  for (const object of objects) {
    if (!('rules' in object)) continue;
    for (const { peers } of object.rules.egress)
      if (peers !== 'any')
        for (const peer of peers)
          if (peer.kind === 'domain' && names.some((name) => domainHolds(peer.name, name)))
            patterns.add(peer.name);
  }
  return patterns;
}

function assertNamed(
  objects: readonly ModelObject[],
  ruleset: Ruleset,
  flows: Case[1],
  all: readonly Told[],
): void {
  const snapshot = new Snapshot(objects);
  const held = fresh(ruleset, all);
  for (const flow of flows) {
    const { source, destination, protocol, destinationPort: port } = flow;
    // Who is unknown, and what passes the judge for other reasons, is another test's question.
    if (
      hookOf(snapshot, flow) !== 'forward' ||
      hasUnknownEnd(snapshot, flow) ||
      isDnsOfClient(snapshot, flow) ||
      source === destination
    )
      continue;
    const names = all
      .filter((each) => each.subject === source && each.address === destination)
      .map(({ name }) => name);
    const known = snapshot.judge(
      LOCAL_NODE,
      { source, destination, protocol, port },
      patternsOf(objects, names),
    );
    const unknown = expectedOutcome(snapshot, 'forward', flow);
    const expected = known.verdict === 'allow' ? 'accept' : unknown;
    const first = firstPacket(flow, 'forward');
    assert.is(simulate(held, first).verdict, expected, `new: ${describeFlow(flow)}`);
    assert.is(simulate(held, replyPacket(flow)).verdict, expected, `reply: ${describeFlow(flow)}`);
    assert.is(
      simulate(ruleset, first).verdict,
      unknown,
      `new, after the time to live: ${describeFlow(flow)}`,
    );
    const established = { ...first, state: 'established' } as const;
    assert.is(
      simulate(ruleset, established).verdict,
      expected,
      `made before it ended: ${describeFlow(flow)}`,
    );
  }
}

const withNames = fc.tuple(cases, fc.array(fc.nat({ max: 100 }), { minLength: 40, maxLength: 40 }));
const describeBoth = ([one, choices]: readonly [Case, readonly number[]]): string =>
  [
    describe(one),
    ...told(one, choices).map(({ subject, address, name }) => `${subject} is told ${name} is ${address}`),
  ].join('\n');

test('S37: what a pod was told decides as if the names were known, for that pod alone', () => {
  holds({
    values: withNames,
    describe: describeBoth,
    share: 0.5,
    check: ([one, choices]) => {
      const [objects, flows] = one;
      const all = told(one, choices);
      const compiler = new Compiler(OPTIONS);
      for (const object of objects) compiler.set(object);
      const first = applyTransaction(EMPTY_RULESET, compiler.commit());
      for (const { subject, address, name } of all) compiler.learnName(subject, address, name);
      const second = applyTransaction(first, compiler.commit());
      assertNamed(objects, second, flows, all);
    },
  });
});

test('S37: and so whatever changes afterwards', () => {
  holds({
    values: fc.tuple(withNames, fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 6 })),
    describe: ([both, removals]) => `${describeBoth(both)}\nwithout ${removals}`,
    share: 0.25,
    check: ([[one, choices], removals]) => {
      const [objects, flows] = one;
      const all = told(one, choices);
      const compiler = new Compiler(OPTIONS);
      // Some objects come only later, policies and namespaces among them; pods are there, since they were told something.
      const chosen = removals.map((n) => objects[n % objects.length]);
      const late = new Set<ModelObject | undefined>(chosen.filter((object) => object?.kind !== 'Pod'));
      for (const object of objects) if (!late.has(object)) compiler.set(object);
      let ruleset = applyTransaction(EMPTY_RULESET, compiler.commit());
      const policies = objects.filter((object) => !late.has(object));
      for (const { subject, address, name } of all) compiler.learnName(subject, address, name);
      ruleset = applyTransaction(ruleset, compiler.commit());
      assertNamed(policies, ruleset, flows, all);
      for (const object of late) if (object) compiler.set(object);
      ruleset = applyTransaction(ruleset, compiler.commit());
      // What nobody asked for at first has been forgotten: the pods are told again.
      for (const { subject, address, name } of all) compiler.learnName(subject, address, name);
      ruleset = applyTransaction(ruleset, compiler.commit());
      assertNamed(objects, ruleset, flows, all);
    },
  });
});

test.run();
