/** `decide` against a second, simple-minded reading of the same clauses, on random clusters. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decide } from '../../src/decision/decide.ts';
import { Snapshot } from '../../src/decision/snapshot.ts';
import type { PortVerdict, PortVerdicts } from '../../src/decision/verdicts.ts';
import { DIRECTIONS } from '../../src/model/types.ts';
import { LAST_POINT } from '../../src/values/ports.ts';
import { describeFlow, describeObjects } from '../property/describe.ts';
import { DOMAINS, LOCAL_NODE, OUTSIDE_ADDRESSES, POD_ADDRESSES } from '../property/generate/alphabet.ts';
import { cluster } from '../property/generate/cluster.ts';
import { flowAmong, flowPlans } from '../property/generate/packets.ts';
import { holds } from '../property/run.ts';
import { type ReferenceVerdict, referenceVerdicts } from './reference.ts';

test('a snapshot judges every connection as the clauses say', () => {
  holds({
    values: fc
      .tuple(cluster, flowPlans, fc.option(fc.subarray([...DOMAINS]), { nil: undefined, freq: 1 }))
      .map(([objects, plans, names]) => {
        const packets = plans.map((plan) => flowAmong(objects, plan));
        return { objects, packets, names: names && new Set<string>(names) };
      }),
    describe: ({ objects, packets, names }) =>
      [
        `names ${names ? [...names].join(' ') : 'unknown'}`,
        describeObjects(objects),
        ...packets.map(describeFlow),
      ].join('\n'),
    check: ({ objects, packets, names }) => {
      const snapshot = new Snapshot(objects);
      for (const flow of packets) {
        const { source, destination, protocol, destinationPort: port } = flow;
        const attempt = { source, destination, protocol, port };
        const { egress, ingress, verdict } = snapshot.judge(LOCAL_NODE, attempt, names);
        const expected = referenceVerdicts(objects, LOCAL_NODE, attempt, names);
        checkPart(egress, expected.egress, `egress of ${describeFlow(flow)}`);
        checkPart(ingress, expected.ingress, `ingress of ${describeFlow(flow)}`);
        const both = [expected.egress?.verdict, expected.ingress?.verdict];
        const answer = both.includes('deny') ? 'deny' : both.includes('unresolved') ? 'unresolved' : 'allow';
        assert.is(verdict, answer, describeFlow(flow));
      }
    },
  });
});

function checkPart(
  part: PortVerdict | undefined,
  expected: ReferenceVerdict | undefined,
  about: string,
): void {
  assert.is(part?.verdict, expected?.verdict, about);
  if (!part || !expected) return;
  const { policy, rule } = part.reason;
  const isNamed = expected.by.some((one) => one.policy === policy && one.rule === rule);
  assert.ok(
    expected.by.length === 0 ? policy === undefined : isNamed,
    `${about}: decided by ${policy?.kind} ${policy?.name} ${rule?.index}`,
  );
}

test('verdicts are sorted, disjoint and complete, and neighbours differ', () => {
  holds({
    values: cluster,
    share: 0.2,
    describe: describeObjects,
    check: (objects) => {
      const snapshot = new Snapshot(objects);
      const subjects = snapshot.cluster.pods.flatMap((pod) => snapshot.subjectOf(pod) ?? []);
      for (const peer of [...POD_ADDRESSES[4], ...POD_ADDRESSES[6], ...OUTSIDE_ADDRESSES[4]])
        for (const subject of subjects)
          for (const direction of DIRECTIONS) checkParts(decide(direction, subject, snapshot.peerAt(peer)));
    },
  });
});

function checkParts(parts: PortVerdicts): void {
  assert.is(parts[0]?.first, 0);
  assert.is(parts.at(-1)?.last, LAST_POINT);
  for (const [i, part] of parts.entries()) {
    assert.ok(part.first <= part.last);
    const next = parts[i + 1];
    if (!next) continue;
    assert.is(next.first, part.last + 1);
    assert.not(next.verdict === part.verdict && next.reason === part.reason);
  }
}

test.run();
