import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  hasQueueStatement,
  installXtables,
  NfqError,
  removeXtables,
  type XtablesOptions,
} from '../../src/index.ts';
import type { RunCommand } from '../../src/xtables/command.ts';
import { chainText } from '../../src/xtables/rules.ts';

const options: XtablesOptions = {
  mark: 0x8000,
  original: { first: 0, last: 1 },
  reply: { first: 2, last: 2 },
  bypass: false,
};

/** Answers every command with `reply`, and keeps the command lines. */
function recorder(reply: (line: string) => { status: number; output: string }): {
  run: RunCommand;
  lines: string[];
  inputs: string[];
} {
  const lines: string[] = [];
  const inputs: string[] = [];
  return {
    lines,
    inputs,
    run: (command, args, input) => {
      const line = [command, ...args].join(' ');
      lines.push(line);
      if (input) inputs.push(input);
      return reply(line);
    },
  };
}

const failsWith = (code: string) => (error: unknown) => error instanceof NfqError && error.code === code;

test('the chain queues by direction and clears the mark', () => {
  const { run, inputs } = recorder(() => ({ status: 0, output: '' }));
  installXtables(options, run);
  assert.is(
    inputs[0],
    [
      '*security',
      ':KNCOMPILE-QUEUE - [0:0]',
      '-A KNCOMPILE-QUEUE -j MARK --set-xmark 0x0/0x8000',
      '-A KNCOMPILE-QUEUE -m conntrack --ctdir REPLY -j NFQUEUE --queue-num 2',
      '-A KNCOMPILE-QUEUE -j NFQUEUE --queue-balance 0:1',
      'COMMIT',
      '',
    ].join('\n'),
  );
});

test('what bears the other mark goes to the queues for replies in both directions', () => {
  const lines = chainText({ ...options, bothWaysMark: 0x4000 }).split('\n');
  const at = lines.findIndex((line) => line.includes('-m mark --mark 0x4000/0x4000'));
  assert.match(lines[at] ?? '', / -j NFQUEUE --queue-(num|balance) \S+ --queue-bypass$/);
  assert.ok(at < lines.findIndex((line) => line.includes('--ctdir REPLY')), 'before the direction counts');
});

for (const bypass of [false, true])
  test(`of those that nobody has judged, and ${bypass ? 'bypass' : 'no bypass'}: they ${bypass ? '' : 'do not '}pass unheard`, () => {
    const lines = chainText({ ...options, bypass, bothWaysMark: 0x4000, unjudgedBothWaysMark: 0x2000 }).split(
      '\n',
    );
    const at = lines.findIndex((line) => line.includes('-m mark --mark 0x2000/0x2000'));
    assert.match(lines[at] ?? '', / -j NFQUEUE --queue-(num|balance) \S+/);
    assert.is(lines[at]?.endsWith(' --queue-bypass'), bypass);
    assert.ok(at < lines.findIndex((line) => line.includes('--ctdir REPLY')), 'before the direction counts');
  });

test('a jump that is there stays, one for another mark goes', () => {
  const present = [
    '-A FORWARD -m mark --mark 0x8000/0x8000 -j KNCOMPILE-QUEUE',
    '-A FORWARD -m mark --mark 0x1/0x1 -j KNCOMPILE-QUEUE',
    '-A FORWARD -m mark --mark 0x1/0x1 -j OTHER',
  ].join('\n');
  const { run, lines } = recorder((line) => ({ status: 0, output: line.endsWith('-S') ? present : '' }));
  installXtables(options, run);
  assert.equal(
    lines.filter((line) => line.startsWith('iptables ') && !line.endsWith('-S')),
    [
      'iptables -w 5 -t security -D FORWARD -m mark --mark 0x1/0x1 -j KNCOMPILE-QUEUE',
      'iptables -w 5 -t security -A INPUT -m mark --mark 0x8000/0x8000 -j KNCOMPILE-QUEUE',
      'iptables -w 5 -t security -A OUTPUT -m mark --mark 0x8000/0x8000 -j KNCOMPILE-QUEUE',
    ],
  );
});

test('removing nothing changes nothing', () => {
  const empty = recorder(() => ({ status: 0, output: '-P FORWARD ACCEPT' }));
  removeXtables(empty.run);
  const absent = recorder(() => ({ status: -1, output: 'not found' }));
  removeXtables(absent.run);
  assert.ok([...empty.lines, ...absent.lines].every((line) => line.endsWith('-S')));
});

test('a command that fails is named with what it said', () => {
  const { run } = recorder(() => ({ status: 4, output: 'no xt_NFQUEUE' }));
  assert.throws(() => installXtables(options, run), /iptables-restore failed \(no xt_NFQUEUE\)/);
});

test('nonsense options are refused before any command runs', () => {
  const bad: readonly XtablesOptions[] = [
    { ...options, mark: 0 },
    { ...options, mark: 2 ** 32 },
    { ...options, mark: 1.5 },
    { ...options, reply: { first: 3, last: 2 } },
    { ...options, original: { first: 0, last: 65536 } },
  ];
  for (const one of bad) {
    const { run, lines } = recorder(() => ({ status: 0, output: '' }));
    assert.throws(() => installXtables(one, run), failsWith('NFQ_BAD_OPTION'));
    assert.equal(lines, []);
  }
});

test('the queue statement is there, is not there, or nft does not work', () => {
  const nft =
    (supported: boolean, works: boolean): RunCommand =>
    (_, __, input = '') => ({
      status: works && (supported || !input.includes('queue num')) ? 0 : 1,
      output: 'nft says no',
    });
  assert.is(hasQueueStatement(nft(true, true)), true);
  assert.is(hasQueueStatement(nft(false, true)), false);
  assert.throws(() => hasQueueStatement(nft(false, false)), failsWith('NFQ_NFT_FAILED'));
});

test.run();
