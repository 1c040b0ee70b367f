/** Generations: how they stand in the conntrack mark, and how they follow each other (S47). */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile, succeed } from '../../src/compiler/compile.ts';
import { Compiler } from '../../src/compiler/compiler.ts';
import type { ModelObject } from '../../src/model/types.ts';
import { lastGeneration, stampValue } from '../../src/ruleset/stamp.ts';
import type { Address } from '../../src/values/address.ts';
import { LOCAL_NODE } from '../property/generate/alphabet.ts';
import { labelsOf } from '../property/generate/labels.ts';
import { OPTIONS } from '../property/judged-flow.ts';

const MASKS: readonly (readonly [mask: number, last: number])[] = [
  [0xfff0_0000, 4095],
  [0x8000_0000, 1],
  [0x0000_0001, 1],
  [0x0000_ff00, 255],
  [0xffff_ffff, 0xffff_ffff],
];

for (const [markMask, last] of MASKS)
  test(`a mask of 0x${markMask.toString(16)} holds generations 1 to ${last}`, () => {
    assert.is(lastGeneration(markMask), last);
    assert.is(stampValue({ generation: last, markMask }), markMask);
    const first = stampValue({ generation: 1, markMask });
    assert.ok(first > 0 && (first & markMask) >>> 0 === first);
  });

const POD: ModelObject = {
  kind: 'Pod',
  namespace: 'red',
  name: 'a',
  labels: labelsOf([]),
  addresses: ['10.0.1.1' as Address],
  node: LOCAL_NODE,
  hostAddresses: [],
  hostNetwork: false,
  finished: false,
  ports: [],
  owner: { kind: 'Pod', name: 'a' },
  source: undefined,
};
/** Isolates the pod for ingress, with one rule that allows a port. */
const allowing = (port: number): ModelObject => ({
  kind: 'NetworkPolicy',
  tier: 'network',
  namespace: 'red',
  name: 'p',
  priority: 0,
  subject: { kind: 'pods', namespaces: { name: 'red' }, pods: [] },
  isolates: { ingress: true, egress: false },
  rules: {
    ingress: [
      {
        action: 'allow',
        name: undefined,
        index: 0,
        peers: 'any',
        ports: [{ kind: 'span', span: { first: port, last: port } }],
        source: undefined,
      },
    ],
    egress: [],
  },
  source: undefined,
});

test('after the last generation the mask holds comes the first', () => {
  const compiler = new Compiler({ ...OPTIONS, markMask: 0x0000_0003 });
  compiler.set(POD);
  const seen = [80, 81, 82, 83, 84].map((port) => {
    compiler.set(allowing(port));
    compiler.commit();
    return compiler.ruleset().generation;
  });
  assert.equal(seen, [1, 2, 3, 1, 2]);
});

test('a commit without events is empty and stays in its generation', () => {
  const compiler = new Compiler(OPTIONS);
  for (const object of [POD, allowing(80)]) compiler.set(object);
  compiler.commit();
  const { generation, elements, chains, newSets } = compiler.commit();
  assert.equal([generation, elements.length, chains.length, newSets.length], [1, 0, 0, 0]);
});

test('a ruleset that follows another compilation keeps the generation only where nothing differs', () => {
  const [one, other] = [80, 81].map((port) => compile([POD, allowing(port)], OPTIONS).ruleset);
  const again = compile([POD, allowing(80)], OPTIONS).ruleset;
  assert.ok(one && other);
  assert.is(succeed(one, again, OPTIONS).generation, 1);
  assert.is(succeed(one, other, OPTIONS).generation, 2);
  assert.is(succeed(one, other, { ...OPTIONS, established: 'keep' }).generation, 1);
});

test.run();
