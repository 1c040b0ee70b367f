import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseNode } from '../../src/cli/nodes.ts';
import { loadFiles } from '../../src/cluster/load.ts';
import { placePods } from '../../src/cluster/place-pods.ts';
import { compile } from '../../src/compiler/compile.ts';
import { DEFAULT_OPTIONS } from '../../src/compiler/options.ts';
import { printReplacement } from '../../src/nft/print.ts';
import { withoutQueue } from '../../src/nft/queue-support.ts';
import { readTable } from '../../src/nft/read.ts';
import { runNftAside } from '../../src/nft/run.ts';
import { diffRulesets } from '../../src/ruleset/diff.ts';
import type { Ruleset } from '../../src/ruleset/ir.ts';
import { CHECKOUT } from '../support/checkout.ts';
import { goldenCases } from '../support/golden.ts';
import { missingForLab } from '../support/lab/requires.ts';
import { skip } from '../support/skip.ts';

const LIST = ['-j', '-p', 'list', 'table', 'inet', 'kncompile'];

async function rulesetOf(name: string): Promise<Ruleset> {
  const { objects } = await loadFiles([`${CHECKOUT}/fixtures/${name}`]);
  const { node } = chooseNode(objects, undefined);
  return compile(placePods(objects, node), { ...DEFAULT_OPTIONS, node }).ruleset;
}

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests();
test.run();

function addTests(): void {
  for (const { name } of goldenCases().filter(({ options }) => options.length === 0)) {
    test(`${name}: every element is read back as it was written`, async () => {
      const ruleset = await rulesetOf(name);
      // Twice: the second time over a table that is full already.
      const text = printReplacement(withoutQueue(ruleset));
      const { ok, stdout, stderr } = await runNftAside(LIST, text + text);
      assert.ok(ok, stderr);
      const { sets, chains, stamp } = readTable(stdout);
      assert.equal([...sets.keys()].sort(), [...ruleset.sets.keys()].sort());
      assert.equal(diffRulesets({ ...ruleset, sets }, ruleset).elements, []);
      assert.equal(
        new Set(chains.map((chain) => chain.name)),
        new Set(ruleset.chains.map((chain) => chain.name)),
      );
      assert.is(stamp, 0x0010_0000);
    });
  }
}
