import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { RawPolicy } from '../../../src/analysis/recording/policies.ts';
import { listText, recordCluster } from '../../../src/analysis/recording/recording.ts';
import { addressesOfNodes, clusterOf } from '../../../src/cluster/cluster.ts';
import type { ModelObject } from '../../../src/model/types.ts';
import { isPolicy } from '../../../src/objects/parse.ts';
import { describeObjects } from '../../property/describe.ts';
import { ALL_ADDRESSES, DOMAINS } from '../../property/generate/alphabet.ts';
import { cluster } from '../../property/generate/cluster.ts';
import { holds } from '../../property/run.ts';
import { parsed, policyManifest } from '../../support/policy-manifest.ts';
import { decisionTable } from '../../support/tables.ts';

/** A cluster as it is read, its policies through their manifests. */
function read(objects: readonly ModelObject[]): { objects: ModelObject[]; policies: RawPolicy[] } {
  const policies = objects.filter(isPolicy).map((policy) => {
    const { kind, namespace, name } = policy;
    return { ref: { kind, namespace, name }, raw: policyManifest(policy), rejected: false };
  });
  const rest = objects.filter((object) => !isPolicy(object));
  return { objects: [...rest, ...policies.map(({ raw }) => parsed(raw))], policies };
}

/** The objects of a recording, from its text. */
function replay(text: string): ModelObject[] {
  return (JSON.parse(text) as { items: unknown[] }).items.map(parsed);
}

const hasAddress = (object: ModelObject): boolean =>
  object.kind !== 'Pod' || object.addresses.length > 0 || object.finished || object.hostNetwork;

for (const anonymous of [false, true]) {
  test(`a recording ${anonymous ? 'with pseudonyms' : 'as it is'} decides as its cluster does`, () => {
    holds({
      values: fc.tuple(cluster, fc.boolean()),
      share: 0.15,
      describe: ([objects]) => describeObjects(objects),
      check: ([generated, named]) => {
        const { objects, policies } = read(generated);
        const { manifests, waiting } = recordCluster(objects, policies, anonymous);
        const present = objects.filter(hasAddress);
        assert.is(waiting, objects.length - present.length);
        const replayed = replay(listText(manifests));
        assert.equal(addressesOfAllNodes(replayed), addressesOfAllNodes(present));
        // A pseudonym for each label of `example.com`: what answers to all names answers to them under any name.
        const names = (of: readonly ModelObject[]): ReadonlySet<string> | undefined =>
          named ? new Set([...DOMAINS, ...domainsOf(of)]) : undefined;
        assert.equal(
          decisionTable(replayed, ALL_ADDRESSES, names(replayed)),
          decisionTable(present, ALL_ADDRESSES, names(present)),
        );
      },
    });
  });
}

/** Each node's own addresses (S41), whatever it is called. */
function addressesOfAllNodes(objects: readonly ModelObject[]): string[] {
  const pairs = [...addressesOfNodes(clusterOf(objects))];
  const byNode = Map.groupBy(pairs, ([node]) => node);
  return [...byNode.values()]
    .map((own) => [...new Set(own.map(([, address]) => address))].sort().join())
    .sort();
}

function domainsOf(objects: readonly ModelObject[]): string[] {
  const rules = objects.filter(isPolicy).flatMap((policy) => policy.rules.egress);
  const peers = rules.flatMap((rule) => (rule.peers === 'any' ? [] : rule.peers));
  return peers.flatMap((peer) => (peer.kind === 'domain' ? [peer.name] : []));
}

test.run();
