/** S51: no string from the cluster reaches nft as syntax. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../src/compiler/compile.ts';
import type { ModelObject } from '../../src/model/types.ts';
import { printReplacement, printRuleset, printTransaction } from '../../src/nft/print.ts';
import { diffRulesets, EMPTY_RULESET } from '../../src/ruleset/diff.ts';
import { describeObjects } from './describe.ts';
import { cluster } from './generate/cluster.ts';
import { hostileText, withHostileNames } from './generate/hostile.ts';
import { OPTIONS } from './judged-flow.ts';
import { lexNft } from './lexer.ts';
import { holds } from './run.ts';

/** The most bytes that nft takes in a comment. */
const LONGEST_STRING = 128;

/** Every text that a cluster may become, and every one that leads from one cluster to another. */
function textsOf(
  before: readonly ModelObject[],
  after: readonly ModelObject[],
  nameOf: () => string,
): string[] {
  const [old, ruleset] = [compile(before, OPTIONS).ruleset, compile(after, OPTIONS).ruleset];
  return [
    printRuleset(ruleset),
    printRuleset(ruleset, { nameOf }),
    printReplacement(ruleset),
    printTransaction(diffRulesets(EMPTY_RULESET, ruleset)),
    printTransaction(diffRulesets(old, ruleset)),
  ];
}

test('S51: hostile names change nothing but comments, in whatever is printed', () => {
  holds({
    values: fc.tuple(cluster, cluster, hostileText),
    share: 0.2,
    describe: ([before, after, text]) =>
      `names end in ${JSON.stringify(text)}\n${describeObjects(before)}\nthen\n${describeObjects(after)}`,
    check: ([before, after, text]) => {
      const rename = (objects: readonly ModelObject[]) => objects.map((one) => withHostileNames(one, text));
      const plain = textsOf(before, after, () => 'somebody');
      const hostile = textsOf(rename(before), rename(after), () => text);
      for (const [i, printed] of hostile.entries()) {
        assert.not(/[^\n\t -~]/.test(printed), 'a character that is not printable ASCII');
        const { syntax, strings } = lexNft(printed);
        for (const string of strings)
          assert.ok(string.length <= LONGEST_STRING, `${string.length} bytes of string`);
        const expected = lexNft(plain[i] ?? '').syntax;
        if (i < 4) assert.is(syntax, expected);
        // Long names may look alike once they are cut, so that fewer elements need new comments.
        else assert.is(linesNotIn(syntax, expected), '');
      }
    },
  });
});

/** The words that a text has and another one has not. */
function linesNotIn(text: string, other: string): string {
  const words = new Set(other.split(/[\s,]+/));
  return text
    .split(/[\s,]+/)
    .filter((word) => !words.has(word))
    .join(' ');
}

test.run();
