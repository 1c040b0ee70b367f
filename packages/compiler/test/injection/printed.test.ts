/** S51: a hostile text at any place of the API changes nothing but comments, in whatever is printed for nft. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namesIn } from '../../src/cli/names.ts';
import { rulesetJson, transactionJson } from '../../src/cli/ruleset-json.ts';
import { loadFiles } from '../../src/cluster/load.ts';
import { compile } from '../../src/compiler/compile.ts';
import { DEFAULT_OPTIONS } from '../../src/compiler/options.ts';
import type { Diagnostic } from '../../src/errors.ts';
import { printReplacement, printRuleset, printTransaction } from '../../src/nft/print.ts';
import { formatDiagnostic } from '../../src/objects/format-diagnostic.ts';
import { diffRulesets, EMPTY_RULESET } from '../../src/ruleset/diff.ts';
import { type Lexed, lexNft } from '../property/lexer.ts';
import { manifest } from './cluster.ts';
import { CONTROL, MARKER, PAYLOADS } from './payloads.ts';
import { FORMAL_SITES, OPEN_SITES, type Site, type Texts } from './sites.ts';

/** The most bytes that nft takes in a comment. */
const LONGEST_STRING = 128;

/** Where a comment of every kind of string is seen: if it were not, the test would test nothing. */
const SEEN: readonly Site[] = [
  'pod name',
  'node name',
  'namespace name',
  'NetworkPolicy name',
  'AdminNetworkPolicy name',
  'ClusterNetworkPolicy name',
  'AdminNetworkPolicy rule name',
  'ClusterNetworkPolicy rule name',
  'BaselineAdminNetworkPolicy rule name',
];

interface Printed {
  readonly texts: readonly string[];
  readonly lexed: readonly Lexed[];
  readonly json: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

const onlyAt =
  (site: Site, text: string): Texts =>
  (one) =>
    one === site ? text : undefined;

const usual = await print(() => undefined);

test('the cluster has nothing wrong with it, and its names are in comments', () => {
  assert.equal(usual.diagnostics, []);
  for (const text of usual.texts) assert.not(text.includes(MARKER));
});

for (const site of SEEN)
  test(`the ${site} is printed`, async () => {
    const { texts } = await print(onlyAt(site, MARKER));
    assert.ok(texts.some((text) => text.includes(MARKER)));
  });

for (const site of OPEN_SITES)
  test(`${site}: the same ruleset, with other comments`, async () => {
    for (const [about, payload] of Object.entries(PAYLOADS)) {
      const printed = await print(onlyAt(site, payload));
      assert.equal(printed.diagnostics, [], about);
      assert.equal(syntaxOf(printed), syntaxOf(usual), about);
      assert.equal(withoutReasons(printed), withoutReasons(usual), about);
      assertHarmless(printed, about);
    }
  });

for (const site of FORMAL_SITES)
  test(`${site}: refused or meaningless, and never syntax`, async () => {
    const twins = await Promise.all(['-', 'nothing'].map((text) => print(onlyAt(site, text))));
    const rulesets = new Set([usual, ...twins].map((printed) => syntaxOf(printed).join('\n')));
    for (const [about, payload] of Object.entries(PAYLOADS)) {
      const printed = await print(onlyAt(site, payload));
      assert.ok(rulesets.has(syntaxOf(printed).join('\n')), about);
      assertHarmless(printed, about);
    }
  });

test('a hostile text at every place at once', async () => {
  for (const [about, payload] of Object.entries(PAYLOADS)) {
    const printed = await print((site) => (isOpen(site) ? payload : undefined));
    assert.equal(syntaxOf(printed), syntaxOf(usual), about);
    assertHarmless(printed, about);
  }
});

test('a character of several bytes or units at the place where comments are cut', async () => {
  for (const piece of ['"', '\\', '\n', 'ä', '\u2028', '\u{1f44d}'])
    for (let length = 90; length <= 105; length++) {
      const printed = await print(onlyAt('NetworkPolicy name', `${'x'.repeat(length)}${piece.repeat(30)}`));
      assert.equal(syntaxOf(printed), syntaxOf(usual), `${length} characters before ${piece}`);
      assertHarmless(printed, `${length} characters before ${piece}`);
    }
});

test.run();

function isOpen(site: Site): boolean {
  return OPEN_SITES.some((open) => open === site);
}

/** Everything that is printed for nft, the same as data, and the messages. */
async function print(texts: Texts): Promise<Printed> {
  const stdin = async (): Promise<Uint8Array> => Buffer.from(manifest(texts));
  const { objects, diagnostics } = await loadFiles(['-'], { stdin });
  const options = { ...DEFAULT_OPTIONS, node: texts('node name') ?? 'worker-1' };
  const { ruleset } = compile(objects, options);
  const transaction = diffRulesets(EMPTY_RULESET, ruleset);
  const printed = [
    printRuleset(ruleset, { nameOf: namesIn(objects) }),
    printReplacement(ruleset),
    printTransaction(transaction),
  ];
  return {
    texts: printed,
    lexed: printed.map(lexNft),
    json: [rulesetJson(ruleset), transactionJson(transaction)].map((data) => JSON.stringify(data)),
    diagnostics,
  };
}

function syntaxOf({ lexed }: Printed): string[] {
  return lexed.map(({ syntax }) => syntax);
}

function withoutReasons({ json }: Printed): string[] {
  return json.map((text) =>
    JSON.stringify(JSON.parse(text), (key, value) => (key === 'reason' ? undefined : value)),
  );
}

function assertHarmless({ texts, lexed, json, diagnostics }: Printed, about: string): void {
  for (const text of texts) assert.not.match(text, /[^\n\t -~]/, `${about}: not printable ASCII`);
  for (const { syntax, strings } of lexed) {
    assert.not(syntax.includes(MARKER), about);
    for (const string of strings)
      assert.ok(string.length <= LONGEST_STRING, `${about}: ${string.length} bytes`);
  }
  for (const text of json) assert.not.match(text, /[^ -~]/, `${about}: not printable ASCII`);
  for (const found of diagnostics)
    for (const line of formatDiagnostic(found).split('\n')) assert.not.match(line, CONTROL, about);
}
