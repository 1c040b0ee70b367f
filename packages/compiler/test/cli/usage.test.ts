import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT } from '../support/checkout.ts';
import { MAIN } from '../support/golden.ts';
import { type Ended, runNode } from '../support/subprocess.ts';

const kncompile = (...args: readonly string[]): Promise<Ended> => runNode([MAIN, ...args], { cwd: CHECKOUT });
const INPUT = ['--dry-run', '-f', 'fixtures/kubernetes-docs'];

/** What is not refused for its flags is refused for this: these tests never apply anything. */
const NOWHERE = ['-f', 'nowhere'];

/** Wrong use, and what the message must say. */
const WRONG: readonly (readonly [args: readonly string[], says: string])[] = [
  [[...INPUT, '--frob'], 'Unknown argument: --frob'],
  [[...INPUT, '--frob=1', 'x', '-z'], 'Unknown arguments: --frob, -z, x'],
  [[...INPUT, '--dryrun'], 'Unknown argument: --dryrun\nDid you mean --dry-run?'],
  [[...NOWHERE, '--dry-run.x'], 'Unknown argument: --dry-run.x'],
  [['complie'], 'Unknown argument: complie'],
  [['--dry-run', 'fixtures'], 'Did you mean -f fixtures?'],
  [['completio'], 'Did you mean completion?'],
  [[...INPUT, '-o', 'xml'], 'Choices: "nft", "json"'],
  [[...INPUT, '-o'], '-o needs a value'],
  [[...INPUT, '-o', 'nft', '-o', 'json'], '--output is given twice'],
  [[...INPUT, '--node', 'worker-1', '--node', 'worker-2'], '--node is given twice'],
  [[...INPUT, '--node'], '--node needs a value'],
  [[...INPUT, '--node', 'worker-9'], 'the input has no node "worker-9"\n  worker-1\n  worker-2'],
  [['--dry-run', '-f'], '-f needs a value'],
  [[...INPUT, '--pod-cidr'], '--pod-cidr needs a value'],
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

/** Flags that yargs would take for false or ignore, so that a preview would be an application. */
const PREVIEW_LOST: typeof WRONG = [
  ...['none', 'yes', '1', 'TRUE', ''].map((value): (typeof WRONG)[number] => [
    [...NOWHERE, `--dry-run=${value}`],
    `--dry-run=${value}: expected no value, true or false`,
  ]),
  [[...NOWHERE, '--dryRun=yes'], '--dry-run=yes: expected no value'],
  [[...NOWHERE, '--check=client'], '--check=client: expected no value'],
  [[...NOWHERE, '--diff=x'], '--diff=x: expected no value'],
  [[...NOWHERE, '--stats=x'], '--stats=x: expected no value'],
  [[...NOWHERE, '--fail-open=yes'], '--fail-open=yes: expected no value'],
  [[...NOWHERE, '--help=no'], '--help=no: expected no value'],
  [[...NOWHERE, '--no-dry-run'], '--no-dry-run: there is no such form; leave --dry-run out'],
  [[...NOWHERE, '--dry-run', '--no-dry-run'], '--no-dry-run: there is no such form'],
  [[...NOWHERE, '--no-fail-open=x'], '--no-fail-open=x: there is no such form'],
  [[...NOWHERE, '--', '--dry-run'], '-- has no use here'],
  [['--', '--dry-run', ...NOWHERE], '-- has no use here'],
  [[...NOWHERE, '--dry-run', '--dry-run=false'], '--dry-run is given twice'],
];

for (const [args, says] of [...WRONG, ...PREVIEW_LOST]) {
  test(`wrong use: ${args.filter((arg) => !INPUT.includes(arg)).join(' ')} (${says.split('\n')[0]})`, async () => {
    const { code, stdout, stderr } = await kncompile(...args);
    assert.is(code, 2);
    assert.is(stdout, '');
    assert.match(stderr, says);
    assert.match(stderr, /^kncompile: /);
    assert.not.match(stderr, /^ {4}at |node:internal|internal error/m);
  });
}

test('other ways to write flags that mean the same', async () => {
  const [, ...input] = INPUT;
  const { stdout } = await kncompile(...INPUT);
  const ways = [
    ['--dry-run=client', ...input],
    ['--dry-run=server', ...input],
    ['--dry-run=true', ...input],
    ['--dry-run', '-ffixtures/kubernetes-docs'],
    ['--dry-run', '-f=fixtures/kubernetes-docs', '-onft', '--fail-open=false'],
  ];
  for (const words of ways) {
    const way = await kncompile(...words);
    assert.is(way.stderr, '', words.join(' '));
    assert.is(way.code, 0, words.join(' '));
    assert.is(way.stdout, stdout, words.join(' '));
  }
});

test('--help lists options and commands', async () => {
  const { code, stdout, stderr } = await kncompile('--help');
  assert.is(code, 0);
  assert.is(stderr, '');
  for (const word of ['--dry-run', '--filename', '--node', '--kubeconfig', '--pod-cidr', 'completion']) {
    assert.match(stdout, word);
  }
});

test('--version prints the version', async () => {
  const { code, stdout } = await kncompile('--version');
  assert.is(code, 0);
  assert.match(stdout, /^[0-9]+\.[0-9]+\.[0-9]+\n$/);
});

test.run();
