/** What explain says would make a rule match does make it match. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lacksOfPeer } from '../../../src/analysis/explain/find-lacks.ts';
import type { Lack } from '../../../src/analysis/explain/lack.ts';
import { isPolicyPod } from '../../../src/cluster/cluster.ts';
import { Snapshot } from '../../../src/decision/snapshot.ts';
import type { Labels, ModelObject, PeerMatch, Pod, Requirement } from '../../../src/model/types.ts';
import { isPolicy } from '../../../src/objects/parse.ts';
import { describeObjects } from '../../property/describe.ts';
import { cluster } from '../../property/generate/cluster.ts';
import { labelsOf } from '../../property/generate/labels.ts';
import { holds } from '../../property/run.ts';

let mended = 0;

test('a pod that is given what it lacks is matched', () => {
  holds({
    values: cluster,
    describe: describeObjects,
    check: (objects) => {
      const snapshot = new Snapshot(objects);
      const rules = objects.filter(isPolicy).flatMap(({ rules }) => [...rules.ingress, ...rules.egress]);
      for (const pod of snapshot.cluster.pods) {
        const [address] = pod.addresses;
        if (!address || !isPolicyPod(pod) || snapshot.cluster.podsByAddress.get(address) !== pod) continue;
        for (const rule of rules) {
          const lacks = lacksOfPeer(snapshot, rule, address);
          const peers = rule.peers === 'any' ? [] : rule.peers;
          if (peers.some(asksTwice)) continue;
          const matches = rule.peers === 'any' || peers.some((peer) => snapshot.holds(peer, address));
          assert.is(lacks.length === 0, matches);
          const changed = matches ? undefined : mend(objects, pod, lacks);
          if (!changed) continue;
          mended++;
          const after = new Snapshot(changed);
          assert.ok(
            peers.some((peer) => after.holds(peer, address)),
            JSON.stringify(lacks),
          );
        }
      }
    },
  });
  assert.ok(mended > 100, `${mended} of the lacks were labels and namespaces`);
});

/** The objects with a pod that lacks nothing; undefined where that takes more than its labels and namespaces. */
function mend(objects: readonly ModelObject[], pod: Pod, lacks: readonly Lack[]): ModelObject[] | undefined {
  let labels: Labels = pod.labels;
  let namespace = pod.namespace;
  for (const lack of lacks) {
    if (lack.kind === 'namespace') namespace = lack.namespaces[0] ?? namespace;
    else if (lack.kind === 'label' && lack.of === 'pod') labels = fulfil(labels, lack.requirement);
    else return undefined;
  }
  const again = { ...pod, labels, namespace };
  return objects.map((object) => (object === pod ? again : object));
}

/**
 * A selector that asks twice about one label may contradict itself; one that asks for more than the name of a namespace
 * may ask for what the other namespace has not: then no single change is enough.
 */
function asksTwice(peer: PeerMatch): boolean {
  if (peer.kind !== 'pods') return false;
  const asked = 'name' in peer.namespaces ? [] : peer.namespaces.selector;
  return asked.length > 1 || new Set(peer.pods.map(({ key }) => key)).size < peer.pods.length;
}

function fulfil(labels: Labels, { key, operator, values }: Requirement): Labels {
  const others = Object.entries(labels).filter(([name]) => name !== key);
  switch (operator) {
    case 'In':
      return labelsOf([...others, [key, values[0] as string]]);
    case 'Exists':
      return labelsOf([...others, [key, 'something']]);
    case 'NotIn':
    case 'DoesNotExist':
      return labelsOf(others);
  }
}

test.run();
