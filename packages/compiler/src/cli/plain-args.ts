/** The arguments of command lines in plain form. Most are, and for them the parser of all others need not be loaded. */
import type { Options } from 'yargs';
import type { Command } from './command.ts';

/** A word that no parser takes for anything but itself. */
const PLAIN = /^[\w./:@+,%~[\]][\w./:@+,%~[\]=-]*$/;

/**
 * The arguments behind a command's name as `parseWords` would give them, without aliases. Undefined for what is not
 * surely right: then that parser has the word.
 */
export function plainArgs(
  command: Command,
  words: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  const positionals = Object.entries(command.positionals);
  if (positionals.some(([, { type }]) => type !== 'string')) return undefined;
  const args: Record<string, unknown> = {};
  let given = 0;
  for (let at = 0; at < words.length; ) {
    const word = words[at++] as string;
    if (!word.startsWith('-')) {
      const [name] = positionals[given++] ?? [];
      if (name === undefined || !PLAIN.test(word)) return undefined;
      args[name] = word;
      continue;
    }
    const [flag = '', ...rest] = word.split('=');
    const [name, option] = optionOf(command, flag) ?? [];
    if (name === undefined || option === undefined) return undefined;
    if (option.type === 'boolean') {
      // The next word may be meant for its value.
      if (rest.length > 0 || /^(?:true|false)$/.test(words[at] ?? '')) return undefined;
      args[name] = true;
      continue;
    }
    const values = rest.length > 0 ? [rest.join('=')] : [];
    const most = option.array && option.nargs === undefined ? Number.POSITIVE_INFINITY : 1;
    while (at < words.length && values.length < most && !words[at]?.startsWith('-')) {
      values.push(words[at++] as string);
    }
    if (values.length === 0 || !values.every((value) => isGood(option, value))) return undefined;
    if (!option.array && args[name] !== undefined) return undefined;
    args[name] = option.array ? [...((args[name] ?? []) as string[]), ...values] : values[0];
  }
  for (const [name, option] of Object.entries(command.options)) {
    if (args[name] === undefined && option.default !== undefined) args[name] = option.default;
    if (args[name] !== undefined) args[camelCase(name)] = args[name];
  }
  return args;
}

/** An option by its name or its letter as it is typed. */
function optionOf({ options }: Command, flag: string): [string, Options] | undefined {
  return Object.entries(options).find(
    ([name, { alias }]) => flag === `--${name}` || (alias !== undefined && flag === `-${alias}`),
  );
}

function isGood({ choices }: Options, value: string): boolean {
  return PLAIN.test(value) && (choices === undefined || choices.includes(value));
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
