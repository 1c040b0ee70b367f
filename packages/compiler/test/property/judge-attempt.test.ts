/** The compiler answers about single connections as the snapshot does, which has no index to go wrong. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Compiler } from '../../src/compiler/compiler.ts';
import { Snapshot } from '../../src/decision/snapshot.ts';
import type { PortVerdict } from '../../src/decision/verdicts.ts';
import { reasonText } from '../../src/ruleset/provenance.ts';
import { LOCAL_NODE } from './generate/alphabet.ts';
import { cases, describe } from './judged-case.ts';
import { OPTIONS } from './judged-flow.ts';
import { holds } from './run.ts';

test('verdict, rule and ends of a connection are those of the snapshot', () => {
  holds({
    values: cases,
    describe,
    share: 0.5,
    check: ([objects, flows]) => {
      const snapshot = new Snapshot(objects);
      const compiler = new Compiler(OPTIONS);
      for (const object of objects) compiler.set(object);
      compiler.commit();
      for (const { source, destination, protocol, destinationPort: port } of flows) {
        const attempt = { source, destination, protocol, port };
        const expected = snapshot.judge(LOCAL_NODE, attempt);
        const actual = compiler.judge(attempt);
        assert.is(actual.verdict, expected.verdict);
        assert.is(textOf(actual.egress), textOf(expected.egress), 'egress');
        assert.is(textOf(actual.ingress), textOf(expected.ingress), 'ingress');
        assert.is(actual.from, snapshot.cluster.podsByAddress.get(source), 'source');
        assert.is(actual.to, snapshot.cluster.podsByAddress.get(destination), 'destination');
      }
    },
  });
});

/** A direction in which no policy has a say is asked by the snapshot, and not by the compiler. */
function textOf(part: PortVerdict | undefined): string {
  return part ? `${part.verdict}: ${reasonText(part.reason)}` : 'allow: no policy decides';
}

test.run();
