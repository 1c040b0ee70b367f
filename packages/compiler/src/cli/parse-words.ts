/** Command lines to commands with their arguments, in every form that there is, and what `--help` says. */
import { existsSync } from 'node:fs';
import yargs, { type Argv, type PositionalOptions } from 'yargs';
import packageJson from '../../package.json' with { type: 'json' };
import type { Command } from './command.ts';
import { dashed } from './flags.ts';
import { nearest } from './suggestion.ts';
import { UsageError } from './usage-error.ts';

/** A command that is to be run. */
export interface Chosen {
  readonly command: Command;
  readonly args: Readonly<Record<string, unknown>>;
}

/**
 * What a command line asks for: a command, or a text about commands.
 * @throws UsageError for words that mean nothing.
 */
export function parseWords(
  commands: readonly Command[],
  name: string,
  words: readonly string[],
): Chosen | { readonly help: string } {
  let chosen: Chosen | undefined;
  let help = '';
  const parser = assemble(commands, name, words, (one) => {
    chosen = one;
  });
  parser.parse(hideDashes(words), (_error: unknown, _args: unknown, output: string) => {
    help = output;
  });
  return chosen ?? { help };
}

function assemble(
  commands: readonly Command[],
  name: string,
  words: readonly string[],
  choose: (chosen: Chosen) => void,
): Argv {
  const base = yargs()
    .scriptName(name)
    .usage('$0 compiles Kubernetes network policies into the nftables ruleset of one node.')
    .version(packageJson.version)
    .alias('help', 'h')
    .locale('en')
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .strict()
    // Both would let a mistyped --dry-run pass as another value of it.
    .parserConfiguration({ 'boolean-negation': false, 'dot-notation': false })
    .exitProcess(false)
    .fail((message, error) => {
      // Some complaints of yargs come as errors of its own.
      if (error && error.name !== 'YError') throw error;
      throw new UsageError(wrongUse(commands, message, words));
    });
  return commands.reduce((parser, command) => add(parser, command, name, choose), base);
}

function add(parser: Argv, command: Command, program: string, choose: (chosen: Chosen) => void): Argv {
  const words = Object.keys(command.positionals);
  const build = (own: Argv): Argv => {
    for (const word of words) own.positional(word, command.positionals[word] as PositionalOptions);
    // Not yargs' own examples: those stand in columns, where a long line is broken and cannot be copied.
    const examples = command.examples.map(({ line, shows }) => `  # ${shows}\n  ${program} ${line}`);
    if (examples.length > 0) own.epilogue(`Examples:\n${examples.join('\n')}`);
    return own.options(command.options);
  };
  const usage = [command.name, ...words.map((word) => `[${word}]`)].join(' ');
  return parser.command(usage, command.describe, build, (args) => {
    checkOnce(command, args);
    choose({ command, args: showDashes(args) });
  });
}

/** Stands for a lone `-` while yargs parses, which takes it for an option without name. No argument can hold a NUL. */
const DASH = '\0-';

function hideDashes(argv: readonly string[]): string[] {
  return argv.map((word) => (word === '-' ? DASH : word));
}

function showDashes(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown = (value: unknown): unknown =>
    value === DASH ? '-' : Array.isArray(value) ? value.map(shown) : value;
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, shown(value)]));
}

/** yargs makes a list of an option that is given twice, whatever its type. */
function checkOnce(command: Command, args: Readonly<Record<string, unknown>>): void {
  for (const [option, { array }] of Object.entries(command.options)) {
    if (!array && Array.isArray(args[option])) throw new UsageError(`--${option} is given twice`);
  }
}

/** What yargs complains about, in the words that the user typed. */
function wrongUse(commands: readonly Command[], message: string, words: readonly string[]): string {
  const [, unknown] = /^Unknown arguments?: (.+)$/s.exec(message) ?? [];
  if (unknown !== undefined) return unknownWords(commands, unknown.split(', '), words);
  const [, needy] = /^Not enough arguments following: (.+)$/s.exec(message) ?? [];
  return needy === undefined ? message.replaceAll(DASH, '-') : `${dashed(needy)} needs a value`;
}

/** `names` as yargs has them: without dashes, and those with dashes a second time in camel case. */
function unknownWords(
  commands: readonly Command[],
  names: readonly string[],
  words: readonly string[],
): string {
  const typed = names.map((name) => typedAs(name, words)).filter((word) => word !== undefined);
  const [first = names[0] as string] = typed;
  const list = typed.length > 0 ? typed : names;
  const message = `Unknown argument${list.length === 1 ? '' : 's'}: ${list.join(', ')}`;
  const meant = suggestionFor(commands, first);
  return meant === undefined ? message : `${message}\nDid you mean ${meant}?`;
}

function typedAs(name: string, words: readonly string[]): string | undefined {
  const shown = name.replaceAll(DASH, '-');
  if (words.some((word) => word.split('=')[0] === dashed(shown))) return dashed(shown);
  if (words.includes(shown)) return shown;
  return shown.length === 1 && words.some((word) => /^-[^-]/.test(word) && word.includes(shown))
    ? dashed(shown)
    : undefined;
}

function suggestionFor(commands: readonly Command[], word: string): string | undefined {
  if (!word.startsWith('-') && existsSync(word)) return `-f ${word}`;
  const options = commands.flatMap((command) => Object.keys(command.options));
  const candidates = [
    ...commands.map(({ name }) => name),
    ...[...options, 'help', 'version'].map((name) => `--${name}`),
  ];
  return nearest(word, candidates) ?? nearest(`--${word}`, candidates);
}
