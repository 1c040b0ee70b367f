import type { Command } from './command.ts';

/** How a shell asks for completions: followed by the words after the command's name, the last one unfinished. */
export const COMPLETE = '--get-completions';

/**
 * What may stand at the end of a command line: `words` after the program's name, the last one perhaps unfinished.
 * Nothing where a value of the user's own is due: the shell then completes file names.
 */
export function completionsFor(commands: readonly Command[], words: readonly string[]): string[] {
  const current = words.at(-1) ?? '';
  const previous = words.at(-2) ?? '';
  const named = commands.find(({ name }) => name === words[0] && words.length > 1);
  const options = Object.entries((named ?? commands.find(({ name }) => name === '$0'))?.options ?? {});
  const pending = options.find(
    ([name, { alias }]) => previous === `--${name}` || previous === `-${alias}`,
  )?.[1];
  if (pending && pending.type !== 'boolean') return starting(current, (pending.choices ?? []).map(String));
  if (current.startsWith('-')) {
    return starting(current, [...options.map(([name]) => `--${name}`), '--help', '--version']);
  }
  return words.length > 1
    ? []
    : starting(
        current,
        commands.map(({ name }) => name).filter((name) => name !== '$0'),
      );
}

function starting(prefix: string, candidates: readonly string[]): string[] {
  return candidates.filter((candidate) => candidate.startsWith(prefix));
}
