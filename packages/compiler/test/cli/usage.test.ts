import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT } from '../support/checkout.ts';
import { MAIN } from '../support/golden.ts';
import { type Ended, runNode } from '../support/subprocess.ts';

const kncompile = (...args: readonly string[]): Promise<Ended> => runNode([MAIN, ...args], { cwd: CHECKOUT });
const INPUT = ['--dry-run', '-f', 'fixtures/kubernetes-docs'];

/** Wrong use, and what the message must say. */
const WRONG: readonly (readonly [args: readonly string[], says: string])[] = [
  [[...INPUT, '--frob'], 'Unknown argument: frob'],
  [[...INPUT, '--dryrun'], 'Did you mean --dry-run?'],
  [['complie'], 'Unknown argument: complie'],
  [['--dry-run', 'fixtures'], 'Did you mean -f fixtures?'],
  [['completio'], 'Did you mean completion?'],
  [[...INPUT, '-o', 'xml'], 'Choices: "nft", "json"'],
  [[...INPUT, '-o'], 'Not enough arguments following: o'],
  [[...INPUT, '-o', 'nft', '-o', 'json'], '--output is given twice'],
  [[...INPUT, '--node', 'worker-1', '--node', 'worker-2'], '--node is given twice'],
  [[...INPUT, '--node'], 'Not enough arguments following: node'],
  [[...INPUT, '--node', 'worker-9'], 'the input has no node "worker-9"\n  worker-1\n  worker-2'],
  [['--dry-run', '-f'], 'Not enough arguments following: f'],
  [['--dry-run', '-f', ''], '-f needs a path'],
  [['--dry-run', '-f', '-', '-f', '-'], '-f - (stdin) is given twice'],
  [[...INPUT, '--context', 'x'], 'not from both'],
  [[...INPUT, '--kubeconfig', 'x'], 'not from both'],
  [[...INPUT, '--from', 'fixtures'], '--from belongs to --diff'],
  [[...INPUT, '--diff', '--check'], 'ask one at a time'],
  [['--diff', '-f', '-', '--from', '-'], 'stdin cannot be both sides'],
  [[...INPUT, '--pod-cidr', '10.244.0.0'], '--pod-cidr 10.244.0.0: expected address/prefix'],
  [[...INPUT, '--pod-cidr', '10.244.0.1/16'], 'expected 10.244.0.0/16'],
  [
    [...INPUT, '--pod-cidr', '10.1.0.0/16', '--pod-cidr', '10.2.0.0/16'],
    '--pod-cidr is given twice for IPv4',
  ],
  [
    [...INPUT, '--ct-mark-mask', '0xf0f00000'],
    '--ct-mark-mask 0xf0f00000: expected at least two adjacent bits',
  ],
  [[...INPUT, '--ct-mark-mask', '0x1'], 'adjacent bits'],
  [[...INPUT, '--ct-mark-mask', '0'], 'adjacent bits'],
  [[...INPUT, '--ct-mark-mask', '4294967296'], 'adjacent bits'],
  [[...INPUT, '--ct-mark-mask', 'all'], 'adjacent bits'],
  [
    [...INPUT, '--queue-range', '5-2'],
    '--queue-range 5-2: expected an even number of queues A-B from 0 to 65535',
  ],
  [[...INPUT, '--queue-range', '1-65536'], 'from 0 to 65535'],
  [[...INPUT, '--queue-range', 'a-b'], 'from 0 to 65535'],
  [[...INPUT, '--queue-range', '1-5'], 'an even number of queues'],
  [[...INPUT, '--cell-budget', '-1'], '--cell-budget -1: expected a whole number'],
  [[...INPUT, '--cell-budget', 'many'], '--cell-budget many: expected a whole number'],
  [[...INPUT, '--cell-budget', '1.5'], '--cell-budget 1.5: expected a whole number'],
  [[...INPUT, '--datapath', 'wire'], 'Choices: "kernel", "queue"'],
];

for (const [args, says] of WRONG) {
  test(`wrong use: ${args.filter((arg) => !INPUT.includes(arg)).join(' ')} (${says.split('\n')[0]})`, async () => {
    const { code, stdout, stderr } = await kncompile(...args);
    assert.is(code, 2);
    assert.is(stdout, '');
    assert.match(stderr, says);
    assert.match(stderr, /^kncompile: /);
    assert.not.match(stderr, /^ {4}at |node:internal/m);
  });
}

test('--help lists options and examples, and its examples work', async () => {
  const { code, stdout, stderr } = await kncompile('--help');
  assert.is(code, 0);
  assert.is(stderr, '');
  for (const word of ['--dry-run', '--filename', '--node', '--kubeconfig', '--pod-cidr', 'completion']) {
    assert.match(stdout, word);
  }
  const examples = [...stdout.matchAll(/^ +kncompile (.*fixtures\/\S+) /gm)].map(
    ([, line]) => line as string,
  );
  assert.ok(examples.length > 0);
  const unprivileged = examples.filter((line) => line.includes('--dry-run'));
  assert.ok(unprivileged.length > 0);
  for (const example of unprivileged) assert.is((await kncompile(...example.split(/ +/))).code, 0, example);
});

test('--version prints the version', async () => {
  const { code, stdout } = await kncompile('--version');
  assert.is(code, 0);
  assert.match(stdout, /^[0-9]+\.[0-9]+\.[0-9]+\n$/);
});

test.run();
