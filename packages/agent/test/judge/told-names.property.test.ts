/** What a worker hears of DNS names from commit to commit is what one hears that starts then (S37). */
import { type Address, addressWords, Compiler, familyOf, idOf } from '@kncompile/compiler';
import { happen, worldOf } from '@kncompile/compiler/test/property/generate/events.ts';
import { flowAmong } from '@kncompile/compiler/test/property/generate/packets.ts';
import { OPTIONS } from '@kncompile/compiler/test/property/judged-flow.ts';
import { cases, describe } from '@kncompile/compiler/test/property/play.ts';
import { holds } from '@kncompile/compiler/test/property/run.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Knowledge } from '../../src/judge/knowledge.ts';

const NAMES = ['example.com', 'www.example.com', 'other.net'];

type Pair = readonly [subject: Address, address: Address];

function profilesOf(knowledge: Knowledge, pairs: Iterable<Pair>): number[] {
  return Array.from(pairs, ([subject, address]) => {
    const words = [subject, address].map((each) => Int32Array.from(addressWords(each)));
    return knowledge[familyOf(address)].namedProfileOf(words[0] as Int32Array, words[1] as Int32Array, false);
  });
}

test('S37: deltas of what pods were told add up to all that there is', () => {
  let known = 0;
  let forgotten = 0;
  holds({
    values: cases,
    describe,
    share: 0.25,
    check: ({ start, batches, plans }) => {
      const compiler = new Compiler(OPTIONS);
      const view = compiler.judgeView();
      const follower = new Knowledge(() => 1);
      const told = new Map<string, Pair>();
      const world = worldOf(start);
      for (const object of start) compiler.set(object);
      let before: number[] = [];
      for (const [n, batch] of [[], ...batches].entries()) {
        for (const event of batch) {
          const result = happen(world, event);
          if (result && 'gone' in result) compiler.delete(idOf(result.gone));
          else if (result) compiler.set(result.set);
        }
        compiler.commit();
        for (const [i, plan] of plans.entries()) {
          const { source, destination } = flowAmong([...world.values()], plan);
          for (const subject of compiler.learnName(
            source,
            destination,
            NAMES[(n + i) % NAMES.length] as string,
          ))
            told.set(`${subject} ${destination}`, [subject, destination]);
        }
        compiler.commit();
        const delta = view.takeDelta();
        if (delta) follower.take(structuredClone(delta));
        const starter = new Knowledge(() => 1);
        starter.take(structuredClone(view.all()));
        const now = profilesOf(follower, told.values());
        assert.equal(now, profilesOf(starter, told.values()));
        known += now.filter((profile) => profile !== 0).length;
        forgotten += before.filter((profile, i) => profile !== 0 && now[i] === 0).length;
        before = now;
      }
    },
  });
  assert.ok(known > 0 && forgotten > 0, `${known} known, ${forgotten} forgotten`);
});

test.run();
