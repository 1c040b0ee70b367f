/** What is read without the library is what the library reads. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../../src/cli/command.ts';
import { loadCommands } from '../../src/cli/commands.ts';
import { readFlags } from '../../src/cli/flags.ts';
import { parseWords } from '../../src/cli/parse-words.ts';
import { plainArgs } from '../../src/cli/plain-args.ts';
import { holds } from './run.ts';

const VALUES = [
  ...['shop/web-0', 'data/orders-0:5432', '10.0.0.1:53/UDP', '[fd00::1]:443', 'node/a', 'live', 'live:x'],
  ...[
    'text',
    'json',
    'nft',
    'dot',
    'table',
    '1',
    '0',
    '007',
    '1e3',
    '0x10',
    '-1',
    '-',
    'true',
    'false',
    'a=b',
    'a b',
  ],
  ...[
    '',
    "'a'",
    '"a"',
    'explain',
    'list',
    '$0',
    '__proto__',
    'constructor',
    'a.b',
    'ä',
    '+',
    '1,2',
    '--',
    '---',
    '-=x',
  ],
];

const commands = (await loadCommands()).filter(({ name }) => name !== '$0');

/** As options are typed, rightly and wrongly. */
function flagsOf({ options }: Command): string[] {
  const names = ['help', 'version', 'nothing', ...Object.keys(options)];
  const letters = Object.values(options).flatMap(({ alias }) => (alias === undefined ? [] : [`-${alias}`]));
  const long = names.flatMap((name) => [
    `--${name}`,
    `-${name}`,
    `--no-${name}`,
    `--${name.replace(/-a/, 'A')}`,
  ]);
  return [...long, ...letters, '-h', '-x'].flatMap((flag) => [
    flag,
    flag,
    `${flag}=`,
    ...VALUES.slice(0, 12).map((value) => `${flag}=${value}`),
  ]);
}

/** Words that belong together. */
function rightWords({ options }: Command): string[][] {
  const flags = Object.entries(options).flatMap(([name, { alias, type, choices }]) => {
    const values = type === 'boolean' ? [] : (choices ?? ['x.json', '10.0.0.0/8', '1']).map(String);
    return [`--${name}`, ...(alias === undefined ? [] : [`-${alias}`])].flatMap((flag) =>
      type === 'boolean' ? [[flag]] : values.flatMap((value) => [[flag, value], [`${flag}=${value}`]]),
    );
  });
  return [...flags, ['shop/web-0'], ['data/orders-0:5432'], ['[fd00::1]:443'], ['7']];
}

/** Undefined where the words are refused. */
function readFlagsOf(command: Command, words: readonly string[]): string[] | undefined {
  try {
    return readFlags([command], words);
  } catch {
    return undefined;
  }
}

for (const command of commands) {
  test(`${command.name}: words in plain form have one meaning`, () => {
    const words = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...rightWords(command)) },
      { weight: 1, arbitrary: fc.constantFrom(...[...VALUES, ...flagsOf(command)].map((word) => [word])) },
    );
    let plain = 0;
    holds({
      values: fc.array(words, { maxLength: 5 }).map((all) => all.flat()),
      check: (typed) => {
        const words = readFlagsOf(command, [command.name, ...typed]);
        const args = words && plainArgs(command, words.slice(1));
        if (!words || !args) return;
        if (typed.length > 1) plain++;
        const parsed = parseWords([command], 'kncompile', words);
        if (!('args' in parsed)) throw new Error('the library reads no arguments');
        const aliases = Object.values(command.options).map(({ alias }) => String(alias));
        const kept = Object.entries(parsed.args).filter(
          ([key, value]) => value !== undefined && !['_', '$0', ...aliases].includes(key),
        );
        assert.equal(args, Object.fromEntries(kept));
      },
      describe: (typed) => [command.name, ...typed].map((text) => JSON.stringify(text)).join(' '),
      share: 0.1,
    });
    assert.ok(plain > 0 || command.name === 'completion', 'none of them is plain');
  });
}

test('the usual forms are plain', async () => {
  const [explain] = (await loadCommands(['explain'])) as [Command];
  assert.equal(plainArgs(explain, ['a/b', '-f', 'x.json', '--filename=y', '[fd00::1]:443', '-o', 'json']), {
    from: 'a/b',
    filename: ['x.json', 'y'],
    to: '[fd00::1]:443',
    output: 'json',
  });
});

test.run();
