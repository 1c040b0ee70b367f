import { existsSync } from 'node:fs';
import yargs, { type Argv, type PositionalOptions } from 'yargs';
import packageJson from '../../package.json' with { type: 'json' };
import { type Command, EXIT, type ExitCode } from './command.ts';
import { COMPLETE } from './commands/completion.ts';
import { COMMANDS } from './commands.ts';
import { completionsFor } from './completion.ts';
import { printData, printMessage } from './output.ts';
import { nearest } from './suggestion.ts';
import { UsageError } from './usage-error.ts';

/**
 * Runs the command line and returns its exit code. Never throws and never ends the process: whatever goes wrong is one
 * message on stderr.
 */
export async function runProgram(argv: readonly string[], name: string): Promise<ExitCode> {
  let code: ExitCode = EXIT.fine;
  try {
    if (argv[0] === COMPLETE) return await printCompletions(argv.slice(1));
    const parser = assemble(name, (ended) => {
      code = ended;
    });
    let help = '';
    await parser.parseAsync(hideDashes(argv), (_error: unknown, _args: unknown, output: string) => {
      help = output;
    });
    // Only help and version come through here; what a command prints does not.
    if (help !== '') await printData(`${help}\n`);
    return code;
  } catch (error) {
    await printMessage(`${name}: ${explain(error)}`);
    return EXIT.failed;
  }
}

async function printCompletions(words: readonly string[]): Promise<ExitCode> {
  await printData(
    completionsFor(COMMANDS, words)
      .map((word) => `${word}\n`)
      .join(''),
  );
  return EXIT.fine;
}

function assemble(name: string, finish: (code: ExitCode) => void): Argv {
  const base = yargs()
    .scriptName(name)
    .usage('$0 compiles Kubernetes network policies into the nftables ruleset of one node.')
    .version(packageJson.version)
    .alias('help', 'h')
    .locale('en')
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(withSuggestion(message));
    });
  return COMMANDS.reduce((parser, command) => add(parser, command, name, finish), base);
}

function add(parser: Argv, command: Command, program: string, finish: (code: ExitCode) => void): Argv {
  const words = Object.keys(command.positionals);
  const build = (own: Argv): Argv => {
    for (const word of words) own.positional(word, command.positionals[word] as PositionalOptions);
    for (const { line, shows } of command.examples) own.example(`$0 ${line}`, shows);
    return own.options(command.options);
  };
  const usage = [command.name, ...words.map((word) => `[${word}]`)].join(' ');
  return parser.command(usage, command.describe, build, async (args) => {
    checkOnce(command, args);
    finish(await command.run(showDashes(args), program));
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

function withSuggestion(message: string): string {
  const word = /^Unknown arguments?: ([^,]+)/.exec(message)?.[1];
  if (word === undefined) return message.replaceAll(DASH, '-');
  if (existsSync(word)) return `${message}\nDid you mean -f ${word}?`;
  const options = COMMANDS.flatMap((command) => Object.keys(command.options));
  const words = [
    ...COMMANDS.map(({ name }) => name),
    ...[...options, 'help', 'version'].map((name) => `--${name}`),
  ];
  const meant = nearest(word, words) ?? nearest(`--${word}`, words);
  return meant === undefined ? message : `${message}\nDid you mean ${meant}?`;
}

function explain(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `internal error: ${message}\nThis is a bug: please report it with the input that shows it.`;
}
