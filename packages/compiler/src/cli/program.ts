import { type Command, EXIT, type ExitCode } from './command.ts';
import { loadCommands } from './commands.ts';
import { COMPLETE, completionsFor } from './completion.ts';
import { readFlags } from './flags.ts';
import { printData, printMessage } from './output.ts';
import type { Chosen } from './parse-words.ts';
import { plainArgs } from './plain-args.ts';
import { UsageError } from './usage-error.ts';

/**
 * Runs the command line and returns its exit code. Never throws and never ends the process: whatever goes wrong is one
 * message on stderr.
 */
export async function runProgram(argv: readonly string[], name: string): Promise<ExitCode> {
  try {
    if (argv[0] === COMPLETE) return await printCompletions(argv.slice(1));
    const commands = await loadCommands(argv);
    const wanted = await understand(commands, name, readFlags(commands, argv));
    if ('command' in wanted) return await wanted.command.run(wanted.args, name);
    await printData(`${wanted.help}\n`);
    return EXIT.fine;
  } catch (error) {
    await printMessage(`${name}: ${explain(error)}`);
    return EXIT.failed;
  }
}

async function understand(
  commands: readonly Command[],
  name: string,
  words: readonly string[],
): Promise<Chosen | { readonly help: string }> {
  const command = commands.find((one) => one.name === words[0]);
  const args = command && plainArgs(command, words.slice(1));
  if (command && args) return { command, args };
  // Its library takes a sixth of the time that explain needs for 10,000 pods.
  const { parseWords } = await import('./parse-words.ts');
  return parseWords(commands, name, words);
}

async function printCompletions(words: readonly string[]): Promise<ExitCode> {
  await printData(
    completionsFor(await loadCommands(), words)
      .map((word) => `${word}\n`)
      .join(''),
  );
  return EXIT.fine;
}

function explain(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `internal error: ${message}\nThis is a bug: please report it with the input that shows it.`;
}
