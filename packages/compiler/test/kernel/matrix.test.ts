import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Snapshot } from '../../src/decision/snapshot.ts';
import { Enforcer } from '../support/lab/enforce.ts';
import { Lab } from '../support/lab/lab.ts';
import { readCluster, readPolicies } from '../support/lab/manifests.ts';
import { allCells, type Cell, difference, expectedOutcomes, observe } from '../support/lab/matrix.ts';
import { missingForLab } from '../support/lab/requires.ts';
import { skip } from '../support/skip.ts';

// The keystone: for every policy set, real connections between all pairs come through exactly where `decide` says so.

const SETS = globSync('*.yaml', { cwd: new URL('./policy-sets', import.meta.url) }).sort();

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests(await Lab.create());
test.run();

function addTests(lab: Lab): void {
  const cluster = readCluster();
  const cells = allCells(lab);
  const objectsOf = (file: string) => [
    ...cluster,
    ...readPolicies(readFileSync(new URL(`./policy-sets/${file}`, import.meta.url), 'utf8')),
  ];
  test.after(() => lab.close());

  for (const file of SETS) {
    test(`${basename(file, '.yaml')}: every connection is what decide says`, async () => {
      const objects = objectsOf(file);
      new Enforcer(lab).become(objects);
      await assertMatrix(lab, new Snapshot(objects), cells);
    });
  }

  test('the same sets one after the other, as commits on a living node', async () => {
    const enforcer = new Enforcer(lab);
    const withPorts = cells.filter(({ probe }) => probe.protocol !== 'ICMP');
    for (const file of SETS) {
      const objects = objectsOf(file);
      enforcer.become(objects);
      await assertMatrix(lab, new Snapshot(objects), withPorts, `after the commit to ${file}: `);
    }
  });

  test('a kernel that drops one connection too many is found out, and told in words', async () => {
    const objects = objectsOf('np-deny-ingress.yaml');
    const snapshot = new Snapshot(objects);
    new Enforcer(lab).become(objects);
    lab.nft('insert rule inet kncompile forward ip saddr 10.244.1.11 ip daddr 192.0.2.10 udp dport 443 drop');
    const expected = expectedOutcomes(snapshot, cells);
    const observed = await observe(lab, cells, expected);
    assert.is(
      difference(snapshot, cells, expected, observed),
      `1 of ${cells.length} cells differ:
  shop/web-0 (10.244.1.11) -> partner (192.0.2.10) UDP 443: expected open, observed silent; egress allow by default, ingress not judged`,
    );
  });

  test('at least 25 policy sets on 12 local pods of 3 namespaces', () => {
    const local = lab.endpoints.filter(({ kind }) => kind === 'local pod');
    assert.ok(SETS.length >= 25);
    assert.ok(local.length >= 12);
    assert.is(new Set(local.map(({ name }) => name.split('/')[0])).size, 3);
  });
}

/** A set that opens or closes everything would prove little. */
async function assertMatrix(lab: Lab, snapshot: Snapshot, cells: readonly Cell[], when = ''): Promise<void> {
  const expected = expectedOutcomes(snapshot, cells);
  assert.ok(expected.includes('open') && expected.includes('silent'), `${when}the set decides nothing`);
  const observed = await observe(lab, cells, expected);
  const wrong = difference(snapshot, cells, expected, observed);
  if (wrong) assert.unreachable(`${when}${wrong}`);
}
