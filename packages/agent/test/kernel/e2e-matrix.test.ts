/** The whole way: an API server, the agent, a kernel, and real connections that come through exactly where `decide` says so. */
import { globSync, readFileSync } from 'node:fs';
import {
  allCells,
  difference,
  expectedOutcomes,
  observe,
} from '@kncompile/compiler/test/support/lab/matrix.ts';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NodeLab } from '../support/node-lab.ts';

const FOLDER = new URL('../../../compiler/test/kernel/policy-sets/', import.meta.url);
/** For time, the queue gets those of them that have most to do with each other: tiers, names, blocks, nodes. */
const SETS = {
  kernel: globSync('*.yaml', { cwd: FOLDER }).sort(),
  queue: [
    'whole-ladder',
    'np-named-port-egress',
    'np-block-over-pods',
    'np-documentation',
    'anp-egress-nodes-networks',
    'banp-default-deny',
    'cnp-tiers',
  ].map((name) => `${name}.yaml`),
} as const;

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else for (const datapath of ['kernel', 'queue'] as const) addTests(datapath);
test.run();

function addTests(datapath: 'kernel' | 'queue'): void {
  test(`--datapath=${datapath}: one policy set after the other, each connection is what decide says`, async () => {
    const node = await NodeLab.create([`--datapath=${datapath}`]);
    try {
      const cells = allCells(node.lab).filter(({ probe }) => probe.protocol !== 'ICMP');
      for (const file of SETS[datapath]) {
        await node.become(readFileSync(new URL(file, FOLDER), 'utf8'));
        const snapshot = node.snapshot();
        const expected = expectedOutcomes(snapshot, cells);
        const wrong = difference(snapshot, cells, expected, await observe(node.lab, cells, expected));
        if (wrong) assert.unreachable(`${file}: ${wrong}\n${node.log()}`);
      }
    } finally {
      await node.close();
    }
  });
}
