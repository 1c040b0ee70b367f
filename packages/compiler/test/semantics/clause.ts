/** Cases of semantics.md: YAML in, expectations out, asked of `decide` and of the compiled ruleset alike. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nodeAddresses } from '../../src/cluster/cluster.ts';
import { type LoadResult, loadFiles } from '../../src/cluster/load.ts';
import { compile } from '../../src/compiler/compile.ts';
import { DEFAULT_OPTIONS } from '../../src/compiler/options.ts';
import { type ConnectionAttempt, type Judgement, Snapshot } from '../../src/decision/snapshot.ts';
import type { Code } from '../../src/errors.ts';
import type { ModelObject } from '../../src/model/types.ts';
import type { Ruleset } from '../../src/ruleset/ir.ts';
import { type Packet, simulate } from '../../src/ruleset/simulate.ts';
import { type Address, parseAddress } from '../../src/values/address.ts';
import { attemptsOf, type Expectation, readExpectations } from './expectations.ts';

const WORLD = readFileSync(new URL('world.yaml', import.meta.url), 'utf8');
const NODES = ['node-1', 'node-2'];
const UNUSED_PORT = 50000;

type Verdict = Judgement['verdict'];

interface Details {
  /** The codes of the messages that the documents give, in order; without them there is none. */
  readonly messages?: readonly Code[];
}

/** A test of one clause. */
export function clause(number: `S${number}`, says: string, body: () => void | Promise<void>): void {
  test(`${number}: ${says}`, body);
}

/** A test of one clause: what the documents, put into the world, mean for connections (see expectations.ts). */
export function judged(
  number: `S${number}`,
  says: string,
  documents: readonly string[],
  expectations: string,
  { messages = [] }: Details = {},
): void {
  clause(number, says, async () => {
    const { objects, diagnostics } = await inWorld(...documents);
    assert.equal(
      diagnostics.map(({ code }) => code),
      messages,
      'messages',
    );
    for (const expectation of readExpectations(expectations)) checkExpectation(objects, expectation);
  });
}

/** The documents as a file, with the objects of the world in front. */
export function inWorld(...documents: readonly string[]): Promise<LoadResult> {
  return loadText([WORLD, ...documents].join('\n---\n'));
}

export function loadText(text: string): Promise<LoadResult> {
  return loadFiles(['-'], { stdin: async () => Buffer.from(text) });
}

/** What must be there for the test to make sense. */
export function found<T>(value: T | undefined): T {
  if (value === undefined) throw new ReferenceError('the test asks about something that is not there');
  return value;
}

export const address = (text: string): Address => found(parseAddress(text));

export function rulesetOf(objects: readonly ModelObject[], node = 'node-1'): Ruleset {
  return compile(objects, { ...DEFAULT_OPTIONS, node }).ruleset;
}

export function checkExpectation(objects: readonly ModelObject[], expectation: Expectation): void {
  const snapshot = new Snapshot(objects);
  const nodes = expectation.node ? [expectation.node] : NODES;
  for (const attempt of attemptsOf(objects, expectation)) {
    const { source, destination, protocol, port } = attempt;
    const about = `${expectation.line} (${source} -> ${destination}, protocol ${protocol} port ${port})`;
    const judged = nodes.map((node) => snapshot.judge(node, attempt).verdict);
    assert.is(together(judged), expectation.verdict, `decide: ${about}`);
    const simulated = nodes.map((node) =>
      simulatedVerdict(snapshot, node, rulesetOf(objects, node), attempt),
    );
    assert.is(together(simulated), expectation.verdict, `ruleset: ${about}`);
  }
}

/** S1: every node on the way must allow. */
function together(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('deny')) return 'deny';
  return verdicts.includes('unresolved') ? 'unresolved' : 'allow';
}

/** What a node's ruleset does with the first packet, and with the reply (S45). */
function simulatedVerdict(
  snapshot: Snapshot,
  node: string,
  ruleset: Ruleset,
  { source, destination, protocol, port }: ConnectionAttempt,
): Verdict {
  const own = nodeAddresses(snapshot.cluster, node);
  if (own.has(source)) return 'allow'; // leaves by the output hook, where nothing is judged (S41)
  const hook = own.has(destination) ? 'input' : 'forward';
  const first: Packet = {
    hook,
    source,
    destination,
    protocol,
    sourcePort: UNUSED_PORT,
    destinationPort: port,
    state: 'new',
    direction: 'original',
    ctMark: 0,
  };
  const outcome = simulate(ruleset, first);
  if (hook === 'forward') {
    const reply: Packet = {
      ...first,
      source: destination,
      destination: source,
      sourcePort: port,
      destinationPort: UNUSED_PORT,
      state: 'established',
      direction: 'reply',
    };
    assert.is(simulate(ruleset, reply).verdict, outcome.verdict, 'an unjudged reply gets the same answer');
    if (outcome.verdict === 'accept')
      assert.is(
        simulate(ruleset, { ...reply, ctMark: outcome.ctMark }).verdict,
        'accept',
        'the reply passes',
      );
  }
  return outcome.verdict === 'accept' ? 'allow' : outcome.verdict === 'drop' ? 'deny' : 'unresolved';
}
