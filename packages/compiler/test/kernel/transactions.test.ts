/** The kernel itself holds, after every transaction, what the compiler says it holds. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Compiler } from '../../src/compiler/compiler.ts';
import { DEFAULT_OPTIONS } from '../../src/compiler/options.ts';
import type { ModelObject } from '../../src/model/types.ts';
import { printReplacement, printTransaction } from '../../src/nft/print.ts';
import { readTable } from '../../src/nft/read.ts';
import type { RulesetSet } from '../../src/ruleset/ir.ts';
import { commentOf } from '../../src/ruleset/provenance.ts';
import { describeObjects } from '../property/describe.ts';
import { LOCAL_NODE } from '../property/generate/alphabet.ts';
import { cluster, identityOf } from '../property/generate/cluster.ts';
import { holds } from '../property/run.ts';
import { missingForLab } from '../support/lab/requires.ts';
import { skip } from '../support/skip.ts';

/** Named so that later runs of the lab remove it after a crash. */
const NETNS = `kn${process.pid}-tx`;

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests();
test.run();

function addTests(): void {
  test.before(() => {
    run('ip', ['netns', 'add', NETNS], '');
  });
  test.after(() => {
    run('ip', ['netns', 'del', NETNS], '');
  });

  test('random updates, transaction by transaction, and the replacement of all at once', () => {
    holds({
      values: fc.array(cluster, { minLength: 2, maxLength: 6 }),
      share: 0.02,
      check: checkUpdates,
      describe: (clusters) => clusters.map(describeObjects).join('\n--- then ---\n'),
    });
  });
}

function checkUpdates(clusters: readonly (readonly ModelObject[])[]): void {
  nft(['-f', '-'], 'flush ruleset');
  const compiler = new Compiler({ ...DEFAULT_OPTIONS, node: LOCAL_NODE, queueVia: 'mark' });
  let held = new Map<string, ModelObject>();
  for (const objects of clusters) {
    const next = new Map(objects.map((object) => [identityOf(object), object]));
    for (const [key, object] of held) {
      const namespace = 'namespace' in object ? object.namespace : '';
      if (!next.has(key)) compiler.delete({ kind: object.kind, namespace, name: object.name });
    }
    for (const object of next.values()) compiler.set(object);
    held = next;
    const transaction = printTransaction(compiler.commit());
    if (transaction !== '') nft(['-f', '-'], transaction);
    assert.equal(listed(), linesOf(compiler.ruleset().sets));
  }
  nft(['-f', '-'], printReplacement(compiler.ruleset()));
  assert.equal(listed(), linesOf(compiler.ruleset().sets), 'after the replacement');
}

function listed(): string[] {
  return linesOf(readTable(nft(['-j', '-p', 'list', 'table', 'inet', 'kncompile'], '')).sets);
}

/** A line per element: set, key, value, comment. */
function linesOf(sets: ReadonlyMap<string, RulesetSet>): string[] {
  return [...sets]
    .flatMap(([name, { elements }]) =>
      [...elements].map(([key, element]) => `${name}: ${key} = ${element.value} # ${commentOf(element)}`),
    )
    .sort();
}

function nft(args: readonly string[], input: string): string {
  return run('ip', ['netns', 'exec', NETNS, 'nft', ...args], input);
}

function run(command: string, args: readonly string[], input: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}\n${input}`);
  return stdout;
}
